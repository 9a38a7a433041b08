import { and, asc, count, eq, getTableColumns, gt, isNull, or, type SQL, sql } from 'drizzle-orm';
import { sharedAccount } from '../../db/connection/account.js';
import type { Database, Db, Transaction } from '../../db/database.js';
import { inTime } from '../../db/lists/totals.js';
import { type CallImportRow, callImports } from '../../db/tables/call-imports.js';
import { callReferences, calls } from '../../db/tables/calls.js';
import { organizations } from '../../db/tables/identity.js';
import { vendorAccounts } from '../../db/tables/vendor-accounts.js';
import { claimedRows } from '../claimed-rows.store.js';
import type { KnownReferences } from '../vendor-calls.js';
import type { CallImportState } from './call-import.enums.js';

export const claimImports = (db: Db, claim: string, lease: number, most: number): Promise<CallImportRow[]> =>
  claimedRows(db, callImports, 'claim_imports', claim, lease, most);

/** The same of one import, which need not wait for its turn. */
export function claimImport(
  db: Db,
  { organizationId, id }: Pick<CallImportRow, 'organizationId' | 'id'>,
  claim: string,
  lease: number,
): Promise<CallImportRow[]> {
  const i = callImports;
  const a = vendorAccounts;
  return db
    .update(i)
    .set({
      claim,
      claimedUntil: sql`clock_timestamp() + make_interval(secs => ${lease}::float8)`,
      attempts: sql`${i.attempts} + 1`,
    })
    .from(a)
    .where(
      and(
        ...[eq(i.organizationId, organizationId), eq(i.id, id), eq(i.state, 'RUNNING')],
        sql`${i.nextAttemptAt} <= clock_timestamp()`,
        sql`coalesce(${i.claimedUntil} <= clock_timestamp(), true)`,
        ...[eq(a.organizationId, organizationId), eq(a.id, i.accountId), isNull(a.deletedAt)],
        ...[eq(a.receives, true), eq(a.paused, false)],
        sql`exists (select from ${organizations} where ${organizations.id} = ${organizationId} and ${organizations.suspendedAt} is null
          and ${organizations.heldAt} is null)`,
      ),
    )
    .returning(getTableColumns(i));
}

/** Another gateway has taken the import over, or it was canceled. */
export class ImportLost extends Error {
  override readonly name = 'ImportLost';
}

export type Claimed = Pick<CallImportRow, 'organizationId' | 'id' | 'claim'>;

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
  /** Records whose recordings and transcripts are asked for later. */
  readonly toAsk: number;
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
 * The page is done. The import goes on with the next one, after the last with the first, to ask for recordings, or is DONE.
 * Returns the import as it goes on.
 * @throws ImportLost
 */
export async function endPage(database: Database, row: CallImportRow, end: PageEnd): Promise<CallImportRow> {
  const toAsk = row.toAsk + end.toAsk;
  const isAsking = end.next === null && toAsk > 0;
  const isDone = end.next === null && !isAsking;
  const i = callImports;
  await settle(database, row, {
    toAsk,
    isAsking,
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
    ...(isDone && ended('DONE')),
  });
  const state = isDone ? 'DONE' : row.state;
  return { ...row, ...GOING_ON, state, toAsk, isAsking, page: row.page + 1, cursor: end.next };
}

const GOING_ON = { attempts: 0, failingSince: null };

export interface AskedEnd {
  readonly asked: number;
  readonly failed: number;
  readonly error: string | null;
  /** The last of them. */
  readonly after: string | null;
}

/**
 * Counts records whose recordings and transcripts were asked for. If none of these requests succeeded, the import is not
 * better off than before.
 * @throws ImportLost
 */
export async function countAsked(
  database: Database,
  row: CallImportRow,
  end: AskedEnd,
): Promise<CallImportRow> {
  const { asked, failed, error, after: askedAfter } = end;
  const i = callImports;
  const better = failed < asked ? GOING_ON : { attempts: 0 };
  await settle(database, row, {
    asked: sql`${i.asked} + ${asked}::integer`,
    failed: sql`${i.failed} + ${failed}::integer`,
    askedAfter,
    ...(error !== null && { lastError: error }),
    ...better,
  });
  return { ...row, ...better, askedAfter };
}

/**
 * All records of the page were asked for.
 * @throws ImportLost
 */
export async function endAsking(
  database: Database,
  row: CallImportRow,
  next: unknown,
): Promise<CallImportRow> {
  const isDone = next === null;
  const cursor = sql`${JSON.stringify(next)}::text::jsonb`;
  await settle(database, row, { cursor, askedAfter: null, ...(isDone && ended('DONE')) });
  return { ...row, state: isDone ? 'DONE' : row.state, cursor: next, askedAfter: null };
}

/** What is left could not be asked for. */
export const endWithoutRest = (database: Database, row: Claimed, error: string): Promise<void> =>
  settle(database, row, { ...ended('DONE'), lastError: error });

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
  // They name calls.
  cursor: null,
  askedAfter: null,
  finishedAt: sql`clock_timestamp()`,
});

type Changes = { [Column in keyof CallImportRow]?: CallImportRow[Column] | SQL };

async function settle(database: Database, row: Claimed, changes: Changes): Promise<void> {
  const write = () =>
    database.db.update(callImports).set(changes).where(held(row)).returning({ id: callImports.id });
  const written = await database.statement(write, sharedAccount(row.organizationId));
  if (written.length === 0) throw new ImportLost();
}

/** Creovai's sessions of calls that began, or were first heard of, in the import's time, but for another account's. */
export function knownSessions(
  { db }: Database,
  { organizationId, accountId, from, until }: CallImportRow,
): KnownReferences {
  const at = sql`coalesce(${calls.startedAt}, ${calls.createdAt})`;
  const known = and(
    eq(callReferences.organizationId, organizationId),
    eq(callReferences.system, 'CREOVAI'),
    eq(callReferences.name, 'sessionId'),
    or(isNull(callReferences.accountId), eq(callReferences.accountId, accountId)),
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
      const rows = await inTime(sharedAccount(organizationId), () =>
        db.select({ total: count() }).from(callReferences).innerJoin(calls, ofCall).where(known),
      );
      return rows === null ? null : (rows[0]?.total ?? 0);
    },
  };
}
