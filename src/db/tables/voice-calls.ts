import { foreignKey, index, integer, pgTable, primaryKey, text, unique, uuid } from 'drizzle-orm/pg-core';
import type {
  VoiceCallDirection,
  VoiceCallProvider,
  VoiceCallStatus,
} from '../../voice-calls/voice-call.enums.js';
import { calls } from './calls.js';
import { beginning, decimalText, instant, organizationId } from './columns.js';

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
    rate: decimalText(),
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
    index('voice_calls_status_index').on(table.organizationId, table.status, table.id),
    index('voice_calls_staff_index').on(table.organizationId, beginning('staff_uid'), table.id),
    index('voice_calls_client_index').on(table.organizationId, beginning('client_uid'), table.id),
    index('voice_calls_handled_by_index').on(
      table.organizationId,
      beginning('handled_by_staff_uid'),
      table.id,
    ),
    index('voice_calls_from_index').on(table.organizationId, table.fromNumber, table.id),
    index('voice_calls_to_index').on(table.organizationId, table.toNumber, table.id),
    index('voice_calls_updated_index').on(table.organizationId, table.updatedAt, table.id),
    index('voice_calls_duration_index').on(table.organizationId, table.duration, table.id),
  ],
);

export type VoiceCallRow = typeof voiceCalls.$inferSelect;
