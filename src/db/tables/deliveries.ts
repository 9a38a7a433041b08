import { sql } from 'drizzle-orm';
import {
  bigint,
  boolean,
  foreignKey,
  index,
  integer,
  jsonb,
  pgTable,
  primaryKey,
  smallint,
  text,
  uniqueIndex,
  uuid,
} from 'drizzle-orm/pg-core';
import type { DeliveryKind, DeliveryState } from '../../vendors/delivery/delivery.enums.js';
import { calls } from './calls.js';
import { instant, organizationId } from './columns.js';

/**
 * The outbox, written by triggers on call_changes and call_events in the transaction of the change. No foreign key to the
 * account: its check would lock the account's row in every write.
 */
export const deliveries = pgTable(
  'deliveries',
  {
    organizationId: organizationId(),
    id: uuid().notNull(),
    accountId: uuid().notNull(),
    /** Null for an event without a call. */
    callId: uuid(),
    /** One request at a time: the call, or the event while it has none. */
    lane: uuid().notNull(),
    kind: text().$type<DeliveryKind>().notNull(),
    state: text().$type<DeliveryState>().notNull(),
    /** 0 overtakes. */
    priority: smallint().notNull(),
    /** The order within a lane, drawn under the call's lock. */
    position: bigint({ mode: 'number' }).notNull().generatedAlwaysAsIdentity(),
    /** The newest change that it carries. */
    changeId: uuid(),
    eventId: uuid(),
    flowId: uuid(),
    /** METADATA: the members that changed, down to the leaves, as nested objects. */
    touched: jsonb().$type<Record<string, unknown>>(),
    /** The account whose connector made the change. */
    causedBy: uuid(),
    /** The W3C trace context of the request that made the change. */
    trace: text(),
    attempts: integer().notNull().default(0),
    nextAttemptAt: instant().notNull(),
    firstAttemptAt: instant(),
    replayedAt: instant(),
    lastAttemptAt: instant(),
    /** A try that is under way, and when others may take it over. */
    claim: uuid(),
    claimedUntil: instant(),
    /** The call changed during the try. */
    isWoken: boolean().notNull().default(false),
    /** EVENT: a claim has found an earlier one of its lane that is not done. So the next claims need not look at it. */
    isHeld: boolean().notNull().default(false),
    lastError: text(),
    vendorRequestId: text(),
    deliveredAt: instant(),
    createdAt: instant().notNull(),
    updatedAt: instant().notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.organizationId, table.id] }),
    foreignKey({
      columns: [table.organizationId, table.callId],
      foreignColumns: [calls.organizationId, calls.id],
    }),
    // At most one open delivery for each state that the vendor takes: later changes join it.
    uniqueIndex('deliveries_open_unique')
      .on(table.organizationId, table.accountId, table.callId, table.kind)
      .where(
        sql`kind in ('METADATA', 'VOICE_CALL') and state in ('PENDING', 'RETRYING', 'INCOMPLETE') and claim is null`,
      ),
    index('deliveries_due_index')
      .on(table.organizationId, table.accountId, table.priority, table.nextAttemptAt, table.position)
      .where(sql`state in ('PENDING', 'RETRYING') and not is_held`),
    index('deliveries_lane_index')
      .on(table.organizationId, table.accountId, table.lane, table.kind, table.position)
      .where(sql`state in ('PENDING', 'RETRYING', 'DEAD')`),
    index('deliveries_claimed_index').on(table.organizationId, table.accountId).where(sql`claim is not null`),
    index('deliveries_call_index').on(table.organizationId, table.callId, table.id),
    index('deliveries_account_index').on(table.organizationId, table.accountId, table.id),
    index('deliveries_state_index').on(table.organizationId, table.state, table.id),
    index('deliveries_event_index').on(table.organizationId, table.eventId).where(sql`event_id is not null`),
    index('deliveries_updated_index').on(table.organizationId, table.updatedAt, table.id),
  ],
);

export type DeliveryRow = typeof deliveries.$inferSelect;
