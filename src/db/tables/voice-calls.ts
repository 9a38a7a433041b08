import { foreignKey, integer, pgTable, primaryKey, text, unique, uuid } from 'drizzle-orm/pg-core';
import type {
  VoiceCallDirection,
  VoiceCallProvider,
  VoiceCallStatus,
} from '../../voice-calls/voice-call.enums.js';
import { calls } from './calls.js';
import { decimalText, instant, organizationId } from './columns.js';

export const voiceCalls = pgTable(
  'voice_calls',
  {
    organizationId: organizationId(),
    id: uuid().notNull(),
    callId: uuid().notNull(),
    uid: text(),
    staffUid: text().notNull(),
    clientUid: text().notNull(),
    fromNumber: text().notNull(),
    toNumber: text().notNull(),
    direction: text().$type<VoiceCallDirection>().notNull(),
    status: text().$type<VoiceCallStatus>().notNull(),
    rate: decimalText().notNull(),
    price: decimalText(),
    provider: text().$type<VoiceCallProvider>().notNull(),
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
  },
  (table) => [
    primaryKey({ columns: [table.organizationId, table.id] }),
    unique('voice_calls_call_unique').on(table.organizationId, table.callId),
    foreignKey({
      columns: [table.organizationId, table.callId],
      foreignColumns: [calls.organizationId, calls.id],
    }),
  ],
);

export type VoiceCallRow = typeof voiceCalls.$inferSelect;
