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
import type { CallChangeKind } from '../../changes/change-kind.js';
import type { ActorType } from '../../identity/actor.js';
import { callEvents } from './call-events.js';
import { calls } from './calls.js';
import { bigintText, instant, organizationId } from './columns.js';

/** The append-only log: history, the ledger of patches and the outbox of live changes in one. */
export const callChanges = pgTable(
  'call_changes',
  {
    organizationId: organizationId(),
    /** (label, seq) is the place in the log; only rows whose label lies below the snapshot's xmin are final. */
    label: bigintText().notNull(),
    seq: bigintText().notNull(),
    id: uuid().notNull(),
    callId: uuid().notNull(),
    kind: text().$type<CallChangeKind>().notNull(),
    actor: text().notNull(),
    /** Null where it was recorded before this was kept. A trigger sets it for people: see actorOf. */
    actorType: text().$type<ActorType>().default('API_KEY'),
    /** The call's revision after the mutation; null for a patch that changed nothing. */
    revision: integer(),
    patch: jsonb().$type<Record<string, unknown>>(),
    eventId: uuid(),
    /** Patches count in the order of (effectiveAt, arrival). */
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
      columns: [table.organizationId, table.callId],
      foreignColumns: [calls.organizationId, calls.id],
    }),
    foreignKey({
      columns: [table.organizationId, table.eventId],
      foreignColumns: [callEvents.organizationId, callEvents.id],
    }),
    index('call_changes_call_index').on(table.organizationId, table.callId, table.label, table.seq),
    index('call_changes_ledger_index')
      .on(table.organizationId, table.callId, table.effectiveAt, table.arrival)
      .where(sql`patch is not null`),
  ],
);
