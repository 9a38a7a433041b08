import { getTableColumns } from 'drizzle-orm';
import {
  bigint,
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
import type { CallFlowCommandName, CallFlowCommandStatus } from '../../call-flows/call-flow.enums.js';
import { calls } from './calls.js';
import { instant, organizationId } from './columns.js';

/** In force when its revision equals its call's flow_revision. */
export const callFlows = pgTable(
  'call_flows',
  {
    organizationId: organizationId(),
    id: uuid().notNull(),
    callId: uuid().notNull(),
    revision: integer().notNull(),
    vendorId: text(),
    createdAt: instant().notNull(),
    /** Drawn under the call's lock: the order of acknowledgement, independent of gateway clocks. */
    position: bigint({ mode: 'number' }).notNull().generatedAlwaysAsIdentity(),
  },
  (table) => [
    primaryKey({ columns: [table.organizationId, table.id] }),
    unique('call_flows_revision_unique').on(table.organizationId, table.callId, table.revision),
    foreignKey({
      columns: [table.organizationId, table.callId],
      foreignColumns: [calls.organizationId, calls.id],
    }),
  ],
);

export const callFlowCommands = pgTable(
  'call_flow_commands',
  {
    organizationId: organizationId(),
    id: uuid().notNull(),
    flowId: uuid().notNull(),
    position: integer().notNull(),
    command: text().$type<CallFlowCommandName>().notNull(),
    status: text().$type<CallFlowCommandStatus>().notNull(),
    vendorId: text(),
    conditions: jsonb().$type<{ variable: string; operator: string; value: string }[]>().notNull(),
    options: jsonb().$type<Record<string, unknown>>().notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.organizationId, table.id] }),
    unique('call_flow_commands_position_unique').on(table.organizationId, table.flowId, table.position),
    foreignKey({
      columns: [table.organizationId, table.flowId],
      foreignColumns: [callFlows.organizationId, callFlows.id],
    }),
  ],
);

/** Only successes are stored, for RETAIN_KEYS. */
export const idempotencyKeys = pgTable(
  'idempotency_keys',
  {
    organizationId: organizationId(),
    callId: uuid().notNull(),
    key: text().notNull(),
    flowId: uuid().notNull(),
    createdAt: instant().notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.organizationId, table.callId, table.key] }),
    foreignKey({
      columns: [table.organizationId, table.callId],
      foreignColumns: [calls.organizationId, calls.id],
    }),
    foreignKey({
      columns: [table.organizationId, table.flowId],
      foreignColumns: [callFlows.organizationId, callFlows.id],
    }),
    index('idempotency_keys_flow_index').on(table.organizationId, table.flowId),
  ],
);

const { position: _position, ...shown } = getTableColumns(callFlows);

export const FLOW_COLUMNS = shown;

export type StoredCallFlow = Omit<typeof callFlows.$inferSelect, 'position'>;
export type StoredCommand = typeof callFlowCommands.$inferSelect;
