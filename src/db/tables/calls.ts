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
  AnsweringMachineDetectionDetails,
  AssistantDetails,
  CostDetails,
  HangupDetails,
  ParticipantDetails,
  QualityDetails,
  SipDetails,
} from '../../calls/call-details.values.js';
import { beginning, bigintText, comparableNumber, instant, objectKeys, organizationId } from './columns.js';
import { organizations } from './identity.js';
import { vendorAccounts } from './vendor-accounts.js';

/** When a call happened. It also decides whether a match rule finds it: see the SQL function is_candidate. */
export const OCCURRED_AT = sql.raw('coalesce(started_at, ringing_at, created_at)');

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
    originator: jsonb().$type<ParticipantDetails>(),
    receiver: jsonb().$type<ParticipantDetails>(),
    workspaceId: text(),
    channelId: text(),
    parentId: uuid(),
    /** A parent that is not known yet; cleared when it arrives. */
    parentSystem: text().$type<CallSystem>(),
    parentName: text(),
    parentValue: text(),
    assistant: jsonb().$type<AssistantDetails>(),
    tags: text().array().notNull(),
    notificationUrl: text(),
    sipType: text(),
    reason: text(),
    hangup: jsonb().$type<HangupDetails>(),
    duration: integer(),
    scheduledFor: instant(),
    ringingAt: instant(),
    startedAt: instant(),
    answeredAt: instant(),
    endedAt: instant(),
    vendorCreatedAt: instant(),
    vendorUpdatedAt: instant(),
    /** Of fields that hold something of another time than `vendorUpdatedAt`, in milliseconds; null if none does. */
    fieldTimes: jsonb().$type<Readonly<Record<string, number>>>(),
    cost: jsonb().$type<CostDetails>(),
    answeringMachineDetection: jsonb().$type<AnsweringMachineDetectionDetails>(),
    quality: jsonb().$type<QualityDetails>(),
    sip: jsonb().$type<SipDetails>(),
    metadata: jsonb().$type<Record<string, unknown>>().notNull(),
    /** The call that this record duplicates. That call answers for it; this record is in no list. */
    joinedInto: uuid(),
    metadataAt: instant(),
    metadataArrival: bigintText(),
    flowRevision: integer().notNull(),
    revision: integer().notNull(),
    /** Of the call's newest log row; never decreases. */
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
    // One index per filter, newest first. Long texts by prefix, because an index entry holds at most 2,704 bytes.
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
    // One per order, also for ranges of its field. Partial, so that a range of ids is read from the index alone.
    ...Object.entries({
      updated: table.updatedAt,
      started: table.startedAt,
      ended: table.endedAt,
      duration: table.duration,
    }).map(([name, column]) =>
      index(`calls_${name}_index`).on(table.organizationId, column, table.id).where(sql`joined_into is null`),
    ),
    // With what the expression is made of, without which Postgres would read the rows of a range as well.
    index('calls_occurred_index')
      .on(
        ...([table.organizationId, OCCURRED_AT, table.id] as const),
        ...[table.startedAt, table.ringingAt, table.createdAt],
      )
      .where(sql`joined_into is null`),
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
    /** The vendor account that named it. */
    accountId: uuid(),
    /** Of the newest record that a vendor account has written under this name: see RecordTime. */
    vendorUpdatedAt: instant(),
    fetchedAt: instant(),
    position: bigint({ mode: 'number' }).notNull().generatedAlwaysAsIdentity(),
  },
  (table) => [
    primaryKey({ columns: [table.organizationId, table.system, table.name, table.value] }),
    foreignKey({
      columns: [table.organizationId, table.callId],
      foreignColumns: [calls.organizationId, calls.id],
    }),
    foreignKey({
      columns: [table.organizationId, table.accountId],
      foreignColumns: [vendorAccounts.organizationId, vendorAccounts.id],
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
