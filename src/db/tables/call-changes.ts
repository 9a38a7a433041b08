import { sql } from 'drizzle-orm';
import {
  foreignKey,
  index,
  integer,
  jsonb,
  pgTable,
  primaryKey,
  text,
  unique,
  uuid,
} from 'drizzle-orm/pg-core';
import type { CallChangeKind } from '../../changes/call-change.enums.js';
import type { ActorType } from '../../identity/identity.enums.js';
import { bigintText, instant, organizationId } from './columns.js';
import { organizations } from './identity.js';
import { vendorAccounts } from './vendor-accounts.js';

/**
 * Append-only but for erasures and dismissed events: the history, the ledger of patches and the outbox of live changes.
 * No foreign keys to calls and events: an ERASED row outlives its call.
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
    unique('call_changes_id_unique').on(table.organizationId, table.id),
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
