import { and, asc, count, eq, gt, type SQL, sql } from 'drizzle-orm';
import { sharedAccount } from '../../db/connection/account.js';
import type { Database, Db, Transaction } from '../../db/database.js';
import { type CallImportRow, callImports } from '../../db/tables/call-imports.js';
import { callReferences, calls } from '../../db/tables/calls.js';
import { claimedRows } from '../claimed-rows.store.js';
import type { KnownReferences } from '../vendor-calls.js';
import type { CallImportState } from './call-import.enums.js';

export const claimImports = (db: Db, claim: string, lease: number, most: number): Promise<CallImportRow[]> =>
  claimedRows(db, callImports, 'claim_imports', claim, lease, most);

/** Another gateway has taken the import over, or it was canceled. */
export class ImportLost extends Error {
  override readonly name = 'ImportLost';
}

type Claimed = Pick<CallImportRow, 'organizationId' | 'id' | 'claim'>;

const held = ({ organizationId, id, claim }: Claimed) =>
  and(
    eq(callImports.organizationId, organizationId),
    eq(callImports.id, id),
    eq(callImports.state, 'RUNNING'),
    eq(callImports.claim, claim ?? ''),
  );

/**
 * Counts what a page has written, in the transaction that writes it, and once even if the page is read again.
 * @throws ImportLost
 */
export async function countPage(
  tx: Transaction,
  row: Claimed,
  { created, updated }: { created: number; updated: number },
): Promise<void> {
  const first = sql`(${callImports.countedPage} < ${callImports.page})::integer`;
  const counted = await tx
    .update(callImports)
    .set({
      created: sql`${callImports.created} + ${first} * ${created}::integer`,
      updated: sql`${callImports.updated} + ${first} * ${updated}::integer`,
      countedPage: sql`${callImports.page}`,
    })
    .where(held(row))
    .returning({ id: callImports.id });
  if (counted.length === 0) throw new ImportLost();
}

export interface PageEnd {
  readonly read: number;
  /** Beside what is counted already. */
  readonly created: number;
  readonly updated: number;
  readonly failed: number;
  readonly total: number | null;
  readonly position: Date | null;
  /** What of it could not be written. */
  readonly error: string | null;
  readonly next: unknown;
}

/**
 * The page is done: the import goes on with the next one, or is DONE.
 * @throws ImportLost
 */
export async function endPage(database: Database, row: Claimed, end: PageEnd): Promise<void> {
  const isLast = end.next === null;
  const i = callImports;
  await settle(database, row, {
    seen: sql`${i.seen} + ${end.read}::integer`,
    created: sql`${i.created} + ${end.created}::integer`,
    updated: sql`${i.updated} + ${end.updated}::integer`,
    failed: sql`${i.failed} + ${end.failed}::integer`,
    total: sql`coalesce(${end.total}::integer, ${i.total})`,
    position: end.position === null ? sql`${i.position}` : sql`${end.position.toISOString()}::timestamptz`,
    page: sql`${i.page} + 1`,
    cursor: sql`${JSON.stringify(end.next)}::text::jsonb`,
    lastError: end.error === null ? sql`${i.lastError}` : end.error,
    attempts: 0,
    failingSince: null,
    ...(isLast && ended('DONE')),
  });
}

/** Lets the claim go, and the next one begin after so many milliseconds. */
export const release = (database: Database, row: Claimed, delay: number, error?: string): Promise<void> =>
  settle(database, row, {
    claim: null,
    claimedUntil: null,
    nextAttemptAt: sql`clock_timestamp() + make_interval(secs => ${delay / 1_000}::float8)`,
    ...(error !== undefined && {
      lastError: error,
      failingSince: sql`coalesce(${callImports.failingSince}, clock_timestamp())`,
    }),
  });

export const fail = (database: Database, row: Claimed, error: string): Promise<void> =>
  settle(database, row, { ...ended('FAILED'), lastError: error });

const ended = (state: CallImportState) => ({
  state,
  claim: null,
  claimedUntil: null,
  finishedAt: sql`clock_timestamp()`,
});

type Changes = { [Column in keyof CallImportRow]?: CallImportRow[Column] | SQL };

async function settle(database: Database, row: Claimed, changes: Changes): Promise<void> {
  const write = () =>
    database.db.update(callImports).set(changes).where(held(row)).returning({ id: callImports.id });
  const written = await database.statement(write, sharedAccount(row.organizationId));
  if (written.length === 0) throw new ImportLost();
}

/** Creovai's sessions of calls that began, or were first heard of, in the import's time. */
export function knownSessions(
  { db }: Database,
  { organizationId, from, until }: CallImportRow,
): KnownReferences {
  const at = sql`coalesce(${calls.startedAt}, ${calls.createdAt})`;
  const known = and(
    eq(callReferences.organizationId, organizationId),
    eq(callReferences.system, 'CREOVAI'),
    eq(callReferences.name, 'sessionId'),
    from === null ? undefined : sql`${at} >= ${from.toISOString()}::timestamptz`,
    sql`${at} <= ${until.toISOString()}::timestamptz`,
  );
  const ofCall = and(eq(calls.organizationId, organizationId), eq(calls.id, callReferences.callId));
  return {
    after: async (reference, most) => {
      const rows = await db
        .select({ value: callReferences.value })
        .from(callReferences)
        .innerJoin(calls, ofCall)
        .where(and(known, reference === null ? undefined : gt(callReferences.value, reference)))
        .orderBy(asc(callReferences.value))
        .limit(most);
      return rows.map(({ value }) => value);
    },
    count: async () => {
      const [row] = await db
        .select({ total: count() })
        .from(callReferences)
        .innerJoin(calls, ofCall)
        .where(known);
      return row?.total ?? 0;
    },
  };
}
