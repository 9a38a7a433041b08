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
import type { CallSystem } from '../../calls/call.enums.js';
import type { RecordingKind } from '../../recordings/recording.enums.js';
import type { TranscriptLineValue } from '../../recordings/recording.values.js';
import { calls } from './calls.js';
import { instant, organizationId } from './columns.js';

/** What is known of a recording. The audio stays with the vendor. */
export const callRecordings = pgTable(
  'call_recordings',
  {
    organizationId: organizationId(),
    id: uuid().notNull(),
    callId: uuid().notNull(),
    system: text().$type<CallSystem>().notNull(),
    vendorId: text().notNull(),
    kind: text().$type<RecordingKind>().notNull(),
    status: text(),
    duration: integer(),
    format: text(),
    createdAt: instant().notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.organizationId, table.id] }),
    unique('call_recordings_vendor_unique').on(table.organizationId, table.system, table.vendorId),
    foreignKey({
      columns: [table.organizationId, table.callId],
      foreignColumns: [calls.organizationId, calls.id],
    }),
    index('call_recordings_call_index').on(table.organizationId, table.callId),
  ],
);

export const callTranscripts = pgTable(
  'call_transcripts',
  {
    organizationId: organizationId(),
    id: uuid().notNull(),
    callId: uuid().notNull(),
    system: text().$type<CallSystem>().notNull(),
    /** Without it, the transcript is known by its call and system. A join may give a call two of those. */
    vendorId: text(),
    status: text(),
    language: text(),
    summary: text(),
    lines: jsonb().$type<TranscriptLineValue[]>().notNull(),
    /** Of the lines, so that equal ones are recognised without reading them. */
    digest: text().notNull(),
    createdAt: instant().notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.organizationId, table.id] }),
    unique('call_transcripts_vendor_unique').on(table.organizationId, table.system, table.vendorId),
    foreignKey({
      columns: [table.organizationId, table.callId],
      foreignColumns: [calls.organizationId, calls.id],
    }),
    index('call_transcripts_call_index').on(table.organizationId, table.callId),
  ],
);

export type RecordingRow = typeof callRecordings.$inferSelect;
export type TranscriptRow = typeof callTranscripts.$inferSelect;
