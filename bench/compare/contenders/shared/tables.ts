import { bigint, integer, jsonb, numeric, pgTable, text, timestamp, uuid } from 'drizzle-orm/pg-core';

/** The gateway's tables as one would declare them first; the casing of the columns is Drizzle's to turn. */
const instant = () => timestamp({ withTimezone: true, precision: 3 });
type Json = Record<string, unknown>;

export const calls = pgTable('calls', {
  organizationId: uuid().notNull(),
  id: uuid().notNull(),
  direction: text().notNull(),
  status: text().notNull(),
  vendorStatus: text(),
  type: text(),
  from: text('from_address'),
  to: text('to_address'),
  givenCustomerNumber: text(),
  customerNumber: text(),
  channelId: text(),
  tags: text().array().notNull(),
  duration: integer(),
  ringingAt: instant(),
  startedAt: instant(),
  answeredAt: instant(),
  endedAt: instant(),
  metadata: jsonb().$type<Json>().notNull(),
  joinedInto: uuid(),
  metadataAt: instant(),
  metadataArrival: bigint({ mode: 'bigint' }),
  flowRevision: integer().notNull(),
  revision: integer().notNull(),
  changeLabel: bigint({ mode: 'number' }).notNull(),
  createdAt: instant().notNull(),
  updatedAt: instant().notNull(),
});
export type CallRow = typeof calls.$inferSelect;

export const callReferences = pgTable('call_references', {
  organizationId: uuid().notNull(),
  system: text().notNull(),
  name: text().notNull(),
  value: text().notNull(),
  callId: uuid().notNull(),
});

export const callChanges = pgTable('call_changes', {
  organizationId: uuid().notNull(),
  label: bigint({ mode: 'number' }).notNull(),
  seq: bigint({ mode: 'number' }).notNull(),
  id: uuid().notNull(),
  callId: uuid().notNull(),
  kind: text().notNull(),
  actor: text().notNull(),
  revision: integer(),
  patch: jsonb().$type<Json>(),
  eventId: uuid(),
  effectiveAt: instant().notNull(),
  arrival: bigint({ mode: 'bigint' }),
  oldValues: jsonb().$type<Json>().notNull(),
  newValues: jsonb().$type<Json>().notNull(),
  recordedAt: instant().notNull(),
});

export const callEvents = pgTable('call_events', {
  organizationId: uuid().notNull(),
  id: uuid().notNull(),
  actor: text().notNull(),
  target: text().notNull(),
  sessionId: text(),
  referenceSystem: text(),
  referenceName: text(),
  referenceValue: text(),
  eventTime: instant().notNull(),
  arrival: bigint({ mode: 'bigint' }).notNull(),
  metadata: jsonb().$type<Json>().notNull(),
  match: text().notNull(),
  createdAt: instant().notNull(),
});

export const callEventCalls = pgTable('call_event_calls', {
  organizationId: uuid().notNull(),
  eventId: uuid().notNull(),
  callId: uuid().notNull(),
});

export const voiceCalls = pgTable('voice_calls', {
  organizationId: uuid().notNull(),
  id: uuid().notNull(),
  callId: uuid().notNull(),
  staffUid: text().notNull(),
  clientUid: text().notNull(),
  fromNumber: text().notNull(),
  toNumber: text().notNull(),
  direction: text().notNull(),
  status: text().notNull(),
  rate: numeric().notNull(),
  price: numeric(),
  provider: text().notNull(),
  sourceId: text().notNull(),
  externalUuid: text().notNull(),
  duration: integer(),
  callSummary: text(),
  externalAppUrl: text(),
  externalAppName: text(),
  recordingId: text(),
  handledByStaffUid: text(),
  revision: integer().notNull(),
  createdAt: instant().notNull(),
  updatedAt: instant().notNull(),
});
export type VoiceCallRow = typeof voiceCalls.$inferSelect;

export const callFlows = pgTable('call_flows', {
  organizationId: uuid().notNull(),
  id: uuid().notNull(),
  callId: uuid().notNull(),
  revision: integer().notNull(),
  createdAt: instant().notNull(),
});
export type CallFlowRow = typeof callFlows.$inferSelect;

export const callFlowCommands = pgTable('call_flow_commands', {
  organizationId: uuid().notNull(),
  id: uuid().notNull(),
  flowId: uuid().notNull(),
  position: integer().notNull(),
  command: text().notNull(),
  status: text().notNull(),
  conditions: jsonb().$type<Json[]>().notNull(),
  options: jsonb().$type<Json>().notNull(),
});
export type CommandRow = typeof callFlowCommands.$inferSelect;
