import { sql } from 'drizzle-orm';
import {
  type AnyPgColumn,
  boolean,
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
import type { CallSystem } from '../../calls/call.enums.js';
import type { CallEventMatch, CallEventTargetKind, MatchCallField } from '../../events/call-event.enums.js';
import type { ActorType } from '../../identity/identity.enums.js';
import { callGroups, calls } from './calls.js';
import { bigintText, instant, organizationId } from './columns.js';
import { organizations } from './identity.js';

export const callEvents = pgTable(
  'call_events',
  {
    organizationId: organizationId().references(() => organizations.id),
    id: uuid().notNull(),
    eventId: text(),
    actor: text().notNull(),
    actorType: text().$type<ActorType>().default('API_KEY'),
    target: text().$type<CallEventTargetKind>().notNull(),
    sessionId: text(),
    /** The reference that it waits for; CREOVAI sessionId for a session. */
    referenceSystem: text().$type<CallSystem>(),
    referenceName: text(),
    referenceValue: text(),
    groupId: uuid(),
    /** Its patch applies at (eventTime, arrival), fixed when it was recorded. */
    eventTime: instant().notNull(),
    arrival: bigintText().notNull(),
    metadata: jsonb().$type<Record<string, unknown>>().notNull(),
    match: text().$type<CallEventMatch>().notNull(),
    matchedBy: uuid(),
    createdAt: instant().notNull(),
    /** These three are set by a trigger, and null in events from before it. */
    updatedAt: instant(),
    recordedIn: bigintText(),
    waited: boolean(),
  },
  (table) => [
    primaryKey({ columns: [table.organizationId, table.id] }),
    unique('call_events_event_id_unique').on(table.organizationId, table.eventId),
    foreignKey({
      columns: [table.organizationId, table.groupId],
      foreignColumns: [callGroups.organizationId, callGroups.id],
    }),
    foreignKey({
      columns: [table.organizationId, table.matchedBy],
      foreignColumns: [matchRules.organizationId, matchRules.id] as [AnyPgColumn, AnyPgColumn],
    }),
    index('call_events_awaited_index')
      .on(
        table.organizationId,
        table.referenceSystem,
        table.referenceName,
        table.referenceValue,
        table.eventTime,
        table.arrival,
      )
      .where(sql`match = 'PENDING' and reference_value is not null`),
    index('call_events_unruled_index')
      .on(table.organizationId, table.id)
      .where(sql`match = 'PENDING' and target = 'RULES'`),
    index('call_events_match_index').on(table.organizationId, table.match, table.id),
    index('call_events_session_index')
      .on(table.organizationId, table.sessionId, table.id)
      .where(sql`session_id is not null`),
    index('call_events_group_index')
      .on(table.organizationId, table.groupId, table.id)
      .where(sql`group_id is not null`),
    index('call_events_time_index').on(table.organizationId, table.eventTime, table.id),
    index('call_events_updated_index')
      .on(table.organizationId, table.updatedAt, table.id)
      .where(sql`updated_at is not null`),
  ],
);

export const callEventCalls = pgTable(
  'call_event_calls',
  {
    organizationId: organizationId(),
    eventId: uuid().notNull(),
    callId: uuid().notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.organizationId, table.eventId, table.callId] }),
    foreignKey({
      columns: [table.organizationId, table.eventId],
      foreignColumns: [callEvents.organizationId, callEvents.id],
    }),
    foreignKey({
      columns: [table.organizationId, table.callId],
      foreignColumns: [calls.organizationId, calls.id],
    }),
    index('call_event_calls_call_index').on(table.organizationId, table.callId, table.eventId),
  ],
);

/** The calls that an event would make too large: it never applies to them. */
export const callEventRefusals = pgTable(
  'call_event_refusals',
  {
    organizationId: organizationId(),
    eventId: uuid().notNull(),
    callId: uuid().notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.organizationId, table.eventId, table.callId] }),
    foreignKey({
      columns: [table.organizationId, table.eventId],
      foreignColumns: [callEvents.organizationId, callEvents.id],
    }),
    foreignKey({
      columns: [table.organizationId, table.callId],
      foreignColumns: [calls.organizationId, calls.id],
    }),
    index('call_event_refusals_call_index').on(table.organizationId, table.callId, table.eventId),
  ],
);

/**
 * What one step could not finish: events to apply because of a known call (`groupId`: it joined that group), a group's
 * event, or a rule, tried up to `eventId`.
 */
export const eventAdmissions = pgTable(
  'event_admissions',
  {
    organizationId: organizationId(),
    id: uuid().notNull(),
    callId: uuid(),
    groupId: uuid(),
    eventId: uuid(),
    ruleId: uuid(),
    actor: text().notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.organizationId, table.id] }),
    foreignKey({
      columns: [table.organizationId, table.callId],
      foreignColumns: [calls.organizationId, calls.id],
    }),
    foreignKey({
      columns: [table.organizationId, table.groupId],
      foreignColumns: [callGroups.organizationId, callGroups.id],
    }),
    foreignKey({
      columns: [table.organizationId, table.eventId],
      foreignColumns: [callEvents.organizationId, callEvents.id],
    }),
    foreignKey({
      columns: [table.organizationId, table.ruleId],
      foreignColumns: [matchRules.organizationId, matchRules.id] as [AnyPgColumn, AnyPgColumn],
    }),
    index('event_admissions_call_index').on(table.organizationId, table.callId),
  ],
);

/** A deleted rule stays for the events that it matched. */
export const matchRules = pgTable(
  'match_rules',
  {
    organizationId: organizationId().references(() => organizations.id),
    id: uuid().notNull(),
    name: text().notNull(),
    metadataPath: text().array().notNull(),
    callField: text().$type<MatchCallField>().notNull(),
    callMetadataPath: text().array(),
    windowMinutes: integer().notNull(),
    createdAt: instant().notNull(),
    deletedAt: instant(),
  },
  (table) => [primaryKey({ columns: [table.organizationId, table.id] })],
);

export const waitingValues = pgTable(
  'waiting_values',
  {
    organizationId: organizationId(),
    ruleId: uuid().notNull(),
    eventId: uuid().notNull(),
    value: text().notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.organizationId, table.ruleId, table.eventId] }),
    foreignKey({
      columns: [table.organizationId, table.ruleId],
      foreignColumns: [matchRules.organizationId, matchRules.id],
    }),
    foreignKey({
      columns: [table.organizationId, table.eventId],
      foreignColumns: [callEvents.organizationId, callEvents.id],
    }),
    index('waiting_values_value_index').on(table.organizationId, table.ruleId, table.value),
    index('waiting_values_event_index').on(table.organizationId, table.eventId),
  ],
);

export type CallEventRow = typeof callEvents.$inferSelect;
export type MatchRuleRow = typeof matchRules.$inferSelect;
