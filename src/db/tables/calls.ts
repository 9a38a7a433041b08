import { sql } from 'drizzle-orm';
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
import type { CallDirection, CallStatus, CallSystem } from '../../calls/call.enums.js';
import type {
  AnsweringMachineDetectionParts,
  AssistantParts,
  CostParts,
  HangupParts,
  ParticipantParts,
  QualityParts,
  SipParts,
} from '../../calls/call-parts.js';
import { beginning, bigintText, comparableNumber, instant, objectKeys, organizationId } from './columns.js';
import { organizations } from './identity.js';

export const calls = pgTable(
  'calls',
  {
    organizationId: organizationId().references(() => organizations.id),
    /** A UUIDv7 whose time is createdAt: newest first is the primary key read backwards. */
    id: uuid().notNull(),
    direction: text().$type<CallDirection>().notNull(),
    status: text().$type<CallStatus>().notNull(),
    vendorStatus: text(),
    type: text(),
    from: text('from_address'),
    to: text('to_address'),
    givenCustomerNumber: text(),
    customerNumber: text().generatedAlwaysAs(
      sql`coalesce(given_customer_number, case direction when 'INBOUND' then from_address when 'OUTBOUND' then to_address end)`,
    ),
    originator: jsonb().$type<ParticipantParts>(),
    receiver: jsonb().$type<ParticipantParts>(),
    workspaceId: text(),
    channelId: text(),
    parentId: uuid(),
    /** The reference of a parent that is not known yet; cleared when its call comes. */
    parentSystem: text().$type<CallSystem>(),
    parentName: text(),
    parentValue: text(),
    assistant: jsonb().$type<AssistantParts>(),
    tags: text().array().notNull(),
    notificationUrl: text(),
    sipType: text(),
    reason: text(),
    hangup: jsonb().$type<HangupParts>(),
    duration: integer(),
    scheduledFor: instant(),
    ringingAt: instant(),
    startedAt: instant(),
    answeredAt: instant(),
    endedAt: instant(),
    vendorCreatedAt: instant(),
    vendorUpdatedAt: instant(),
    cost: jsonb().$type<CostParts>(),
    answeringMachineDetection: jsonb().$type<AnsweringMachineDetectionParts>(),
    quality: jsonb().$type<QualityParts>(),
    sip: jsonb().$type<SipParts>(),
    metadata: jsonb().$type<Record<string, unknown>>().notNull(),
    /** The call that this record turned out to be a second one of: it answers for it from then on, and is in no list. */
    joinedInto: uuid(),
    /** The newest patch's place in the ledger: (time, arrival). */
    metadataAt: instant(),
    metadataArrival: bigintText(),
    /** The revision of the flow in force, 0 for none; a flow's status is derived from it. */
    flowRevision: integer().notNull(),
    revision: integer().notNull(),
    /** The label of the call's newest row in the log; never falls. */
    changeLabel: bigintText().notNull(),
    createdAt: instant().notNull(),
    updatedAt: instant().notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.organizationId, table.id] }),
    foreignKey({
      columns: [table.organizationId, table.parentId],
      foreignColumns: [table.organizationId, table.id],
    }),
    foreignKey({
      columns: [table.organizationId, table.joinedInto],
      foreignColumns: [table.organizationId, table.id],
    }),
    index('calls_joined_index')
      .on(table.organizationId, table.joinedInto)
      .where(sql`joined_into is not null`),
    // One for each filter, newest first; texts of any length by their beginning, for an index entry holds 2,704 bytes.
    index('calls_status_index').on(table.organizationId, table.status, table.id),
    index('calls_from_index').on(table.organizationId, comparableNumber('from_address'), table.id),
    index('calls_to_index').on(table.organizationId, comparableNumber('to_address'), table.id),
    index('calls_customer_number_index').on(
      table.organizationId,
      comparableNumber('customer_number'),
      table.id,
    ),
    index('calls_assistant_index').on(
      table.organizationId,
      beginning(`assistant ->> 'assistantId'`),
      table.id,
    ),
    index('calls_channel_index').on(table.organizationId, beginning('channel_id'), table.id),
    index('calls_metadata_index')
      .using(
        'gin',
        table.organizationId,
        table.metadata.op('jsonb_path_ops'),
        table.tags,
        sql`${objectKeys('metadata')} jsonb_path_ops`,
      )
      .with({ gin_pending_list_limit: 1024 }),
    // One for each order, which serves the range of its field too.
    // Without the records that no list shows: a range of ids is then read from the index alone.
    ...Object.entries({
      updated: table.updatedAt,
      started: table.startedAt,
      ended: table.endedAt,
      duration: table.duration,
    }).map(([name, column]) =>
      index(`calls_${name}_index`).on(table.organizationId, column, table.id).where(sql`joined_into is null`),
    ),
    index('calls_parent_index')
      .on(table.organizationId, table.parentId, table.id)
      .where(sql`parent_id is not null`),
    index('calls_waiting_for_parent_index')
      .on(table.organizationId, table.parentSystem, table.parentName, table.parentValue)
      .where(sql`parent_value is not null`),
  ],
);

export const callReferences = pgTable(
  'call_references',
  {
    organizationId: organizationId(),
    system: text().$type<CallSystem>().notNull(),
    name: text().notNull(),
    value: text().notNull(),
    callId: uuid().notNull(),
    /** The order in which the call's references are shown. */
    position: bigint({ mode: 'number' }).notNull().generatedAlwaysAsIdentity(),
  },
  (table) => [
    primaryKey({ columns: [table.organizationId, table.system, table.name, table.value] }),
    foreignKey({
      columns: [table.organizationId, table.callId],
      foreignColumns: [calls.organizationId, calls.id],
    }),
    index('call_references_call_index').on(table.organizationId, table.callId),
    index('call_references_value_index').on(table.organizationId, table.value),
  ],
);

export const callGroups = pgTable(
  'call_groups',
  {
    organizationId: organizationId().references(() => organizations.id),
    id: uuid().notNull(),
    kind: text().notNull(),
    key: text().notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.organizationId, table.id] }),
    unique('call_groups_key_unique').on(table.organizationId, table.kind, table.key),
  ],
);

export const callGroupMembers = pgTable(
  'call_group_members',
  {
    organizationId: organizationId(),
    groupId: uuid().notNull(),
    callId: uuid().notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.organizationId, table.groupId, table.callId] }),
    foreignKey({
      columns: [table.organizationId, table.groupId],
      foreignColumns: [callGroups.organizationId, callGroups.id],
    }),
    foreignKey({
      columns: [table.organizationId, table.callId],
      foreignColumns: [calls.organizationId, calls.id],
    }),
    index('call_group_members_call_index').on(table.organizationId, table.callId),
  ],
);

export type CallRow = typeof calls.$inferSelect;
