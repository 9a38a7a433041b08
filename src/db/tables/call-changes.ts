import { sql } from 'drizzle-orm';
import { foreignKey, index, integer, jsonb, pgTable, primaryKey, text, uuid } from 'drizzle-orm/pg-core';
import type { CallChangeKind } from '../../changes/call-change.enums.js';
import type { ActorType } from '../../identity/identity.enums.js';
import { calls } from './calls.js';
import { bigintText, instant, organizationId } from './columns.js';
import { organizations } from './identity.js';
import { vendorAccounts } from './vendor-accounts.js';

/**
 * Append-only but for erasures, dismissed events and pruning: the history, the ledger of patches and the outbox of live changes.
 * No foreign keys to calls and events: an ERASED row outlives its call. Partitioned by ranges of labels: see logParts.
 */
export const callChanges = pgTable(
  'call_changes',
  {
    organizationId: organizationId(),
    /** (label, seq) is the position in the log; only rows before log_end() are final. */
    label: bigintText().notNull(),
    seq: bigintText().notNull(),
    id: uuid().notNull(),
    callId: uuid().notNull(),
    kind: text().$type<CallChangeKind>().notNull(),
    actor: text().notNull(),
    /** Null in rows older than this column. A trigger sets it for people and vendor accounts: see actorOf. */
    actorType: text().$type<ActorType>().default('API_KEY'),
    /** The vendor account whose connector made the change. */
    accountId: uuid(),
    revision: integer(),
    patch: jsonb().$type<Record<string, unknown>>(),
    eventId: uuid(),
    /** Patches apply in the order of (effectiveAt, arrival). */
    effectiveAt: instant().notNull(),
    arrival: bigintText(),
    oldValues: jsonb().$type<Record<string, unknown>>().notNull(),
    newValues: jsonb().$type<Record<string, unknown>>().notNull(),
    recordedAt: instant().notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.organizationId, table.label, table.seq] }),
    foreignKey({
      columns: [table.organizationId, table.accountId],
      foreignColumns: [vendorAccounts.organizationId, vendorAccounts.id],
    }),
    index('call_changes_call_index').on(table.organizationId, table.callId, table.label, table.seq),
    index('call_changes_ledger_index')
      .on(table.organizationId, table.callId, table.effectiveAt, table.arrival)
      .where(sql`patch is not null`),
  ],
);

/**
 * The parts of the log, each with a table of its own, but for the first: that has what is older. See the SQL function
 * advance_log_part. Each has an index of its own by id too: the first one's is unique, as it was before there were parts.
 */
export const logParts = pgTable('log_parts', {
  /** The first label of the part. */
  label: bigintText().primaryKey(),
  /** When the log came to it; null for the last one, which is made in advance. */
  begunAt: instant(),
});

/** Where erased rows of the log were: a subscriber that has come so far has lost nothing. */
export const erasedChanges = pgTable(
  'erased_changes',
  {
    organizationId: organizationId().references(() => organizations.id),
    label: bigintText().notNull(),
    seq: bigintText().notNull(),
  },
  (table) => [primaryKey({ columns: [table.organizationId, table.label, table.seq] })],
);

/** The newest place of the log that was pruned: all rows up to it are gone, and a cursor before it is lost. */
export const prunedChanges = pgTable('pruned_changes', {
  organizationId: organizationId()
    .primaryKey()
    .references(() => organizations.id),
  label: bigintText().notNull(),
  seq: bigintText().notNull(),
});

/** What other rows need to know of a record's rows in the log that were pruned. */
export const callCheckpoints = pgTable(
  'call_checkpoints',
  {
    organizationId: organizationId(),
    callId: uuid().notNull(),
    /** When the newest of them was recorded; null if none was pruned yet. */
    prunedAt: instant(),
    /** The same of those with a revision. */
    changedAt: instant(),
    /** By field of the voice call: when it was last changed here, in milliseconds; null if a vendor account did. */
    voiceCallTimes: jsonb().$type<Record<string, number | null>>(),
    /** Groups that they took the record out of, for erasures. */
    leftGroups: jsonb().$type<{ kind: string; key: string }[]>(),
    /** What filters look at, as the record had it when it was joined into a call. */
    joined: jsonb().$type<Record<string, unknown>>(),
  },
  (table) => [
    primaryKey({ columns: [table.organizationId, table.callId] }),
    foreignKey({
      columns: [table.organizationId, table.callId],
      foreignColumns: [calls.organizationId, calls.id],
    }),
  ],
);

/**
 * What still counts of patches whose rows were pruned: of each, the members that no later one of these sets or removes.
 * With the log's own patches they are the ledger: see the SQL function call_ledger.
 */
export const checkpointPatches = pgTable(
  'checkpoint_patches',
  {
    organizationId: organizationId(),
    callId: uuid().notNull(),
    effectiveAt: instant().notNull(),
    arrival: bigintText().notNull(),
    patch: jsonb().$type<Record<string, unknown>>().notNull(),
    /** Of the row that was pruned, as all below. */
    id: uuid().notNull(),
    kind: text().$type<CallChangeKind>().notNull(),
    actor: text().notNull(),
    actorType: text().$type<ActorType>(),
    accountId: uuid(),
    eventId: uuid(),
    recordedAt: instant().notNull(),
  },
  (table) => [
    primaryKey({
      columns: [table.organizationId, table.callId, table.effectiveAt, table.arrival, table.id],
    }),
    foreignKey({
      columns: [table.organizationId, table.callId],
      foreignColumns: [calls.organizationId, calls.id],
    }),
    foreignKey({
      columns: [table.organizationId, table.accountId],
      foreignColumns: [vendorAccounts.organizationId, vendorAccounts.id],
    }),
  ],
);
