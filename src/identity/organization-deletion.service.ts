import { and, eq, isNull, type SQL, sql } from 'drizzle-orm';
import type { PgTable } from 'drizzle-orm/pg-core';
import type { Database } from '../db/database.js';
import {
  callChanges,
  callCheckpoints,
  checkpointPatches,
  erasedChanges,
  prunedChanges,
} from '../db/tables/call-changes.js';
import {
  callEventCalls,
  callEventRefusals,
  callEvents,
  eventAdmissions,
  matchRules,
  waitingValues,
} from '../db/tables/call-events.js';
import { callFlowCommands, callFlows, idempotencyKeys } from '../db/tables/call-flows.js';
import { callImports } from '../db/tables/call-imports.js';
import { callSearch } from '../db/tables/call-search.js';
import { callGroupMembers, callGroups, callReferences, calls } from '../db/tables/calls.js';
import { deliveries } from '../db/tables/deliveries.js';
import { apiKeys, organizations } from '../db/tables/identity.js';
import { inboundMessages } from '../db/tables/inbound-messages.js';
import { movedRows } from '../db/tables/moved-rows.js';
import { persistedOperations } from '../db/tables/persisted-operations.js';
import { callRecordings, callTranscripts } from '../db/tables/recordings.js';
import { vendorAccounts } from '../db/tables/vendor-accounts.js';
import { voiceCalls } from '../db/tables/voice-calls.js';
import { databaseErrorCode } from '../foundation/unavailable.js';

/** Those that refer to others first. */
export const TABLES_OF_ORGANIZATION: readonly PgTable[] = [
  ...[deliveries, inboundMessages, callImports],
  ...[idempotencyKeys, callFlowCommands, callFlows, voiceCalls, callRecordings, callTranscripts],
  ...[
    eventAdmissions,
    waitingValues,
    callEventCalls,
    callEventRefusals,
    callChanges,
    checkpointPatches,
    callCheckpoints,
    erasedChanges,
    prunedChanges,
    callEvents,
  ],
  ...[callSearch, callGroupMembers, callGroups, callReferences, calls],
  ...[matchRules, vendorAccounts, apiKeys, persistedOperations, movedRows],
];

const ROWS_AT_ONCE = 5_000;
/** A write that had signed in before may still have added rows. */
const ROUNDS = 5;
const FOREIGN_KEY_VIOLATION = '23503';

/**
 * Its keys and webhooks are refused from the first transaction on; the rest goes in batches. If it is broken off, it goes
 * on when it is called again. Null if there is no such organization, else how many calls it had.
 */
export async function deleteOrganization(
  database: Database,
  slug: string,
  databaseAt: (shard: number) => Promise<Database> = async () => database,
): Promise<number | null> {
  const closed = await closeOrganization(database, eq(organizations.slug, slug));
  if (closed === null) return null;
  const { id } = closed;
  const home = await databaseAt(closed.shard);
  if (home !== database) await closeOrganization(home, eq(organizations.id, id));
  const gone = await deleteRows(home, id);
  if (home !== database) await database.db.delete(organizations).where(eq(organizations.id, id));
  return gone;
}

async function deleteRows(database: Database, id: string): Promise<number> {
  let gone = 0;
  for (let round = 1; ; round += 1) {
    try {
      await inBatches(database, unlinkCalls(id));
      for (const table of TABLES_OF_ORGANIZATION) {
        const rows = await inBatches(database, deletion(table, id));
        if (table === calls) gone += rows;
      }
      const end = () => database.db.delete(organizations).where(eq(organizations.id, id));
      await database.statement(end);
      await database.signals.erased(id).catch(() => {});
      return gone;
    } catch (error) {
      if (databaseErrorCode(error) !== FOREIGN_KEY_VIOLATION || round === ROUNDS) throw error;
    }
  }
}

async function closeOrganization(
  database: Database,
  which: SQL,
): Promise<{ id: string; shard: number } | null> {
  return database.transaction(async (tx) => {
    const [closed] = await tx
      .update(organizations)
      .set({ deletedAt: sql`coalesce(${organizations.deletedAt}, clock_timestamp())` })
      .where(which)
      .returning({ id: organizations.id, shard: organizations.shard });
    if (closed === undefined) return null;
    await tx.delete(apiKeys).where(eq(apiKeys.organizationId, closed.id));
    await tx
      .update(vendorAccounts)
      .set({
        deletedAt: sql`clock_timestamp()`,
        secrets: null,
        webhookTokenHash: null,
        oldWebhookTokenHash: null,
        sends: false,
        receives: false,
      })
      .where(and(eq(vendorAccounts.organizationId, closed.id), isNull(vendorAccounts.deletedAt)));
    return closed;
  });
}

const some = (table: PgTable, organizationId: string, condition = sql`true`) => sql`
  organization_id = ${organizationId}::uuid and ctid = any(array(
    select ctid from ${table} where organization_id = ${organizationId}::uuid and ${condition} limit ${ROWS_AT_ONCE}))`;

const deletion = (table: PgTable, organizationId: string) =>
  sql`delete from ${table} where ${some(table, organizationId)}`;

/** They refer to each other. */
function unlinkCalls(organizationId: string) {
  const isLinked = sql`(parent_id is not null or joined_into is not null)`;
  return sql`update ${calls} set parent_id = null, joined_into = null where ${some(calls, organizationId, isLinked)}`;
}

async function inBatches(database: Database, change: ReturnType<typeof sql>): Promise<number> {
  for (let total = 0; ; ) {
    const step = () =>
      database.db.execute<{ rows: number }>(
        sql`with gone as (${change} returning 1) select count(*)::integer as rows from gone`,
      );
    const [row] = await database.statement(step);
    const rows = row?.rows ?? 0;
    total += rows;
    if (rows < ROWS_AT_ONCE) return total;
  }
}
