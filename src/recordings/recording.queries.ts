import { and, desc, eq, getTableColumns, type SQL, sql } from 'drizzle-orm';
import type { Db } from '../db/database.js';
import { keys, organization } from '../db/loading/placeholders.js';
import { callRecordings, callTranscripts } from '../db/tables/recordings.js';

const { lines, ...SMALL } = getTableColumns(callTranscripts);
const WHOLE = { ...SMALL, lines };

/** Newest first. */
export function recordingQueries(db: Db) {
  const recordings = (what: string, owned: SQL) =>
    db
      .select()
      .from(callRecordings)
      .where(and(eq(callRecordings.organizationId, organization), owned))
      .orderBy(desc(callRecordings.createdAt), desc(callRecordings.id))
      .prepare(`recordings_by_${what}`);
  const transcripts = (what: string, columns: typeof WHOLE, owned: SQL) =>
    db
      .select(columns)
      .from(callTranscripts)
      .where(and(eq(callTranscripts.organizationId, organization), owned))
      .orderBy(desc(callTranscripts.createdAt), desc(callTranscripts.id))
      .prepare(`transcripts_by_${what}`);
  const transcriptsIn = (name: string, columns: typeof WHOLE) => ({
    byIds: transcripts(`ids_${name}`, columns, sql`${callTranscripts.id} = any(${keys})`),
    byCallIds: transcripts(`call_ids_${name}`, columns, sql`${callTranscripts.callId} = any(${keys})`),
  });
  return {
    recordings: {
      byIds: recordings('ids', sql`${callRecordings.id} = any(${keys})`),
      byCallIds: recordings('call_ids', sql`${callRecordings.callId} = any(${keys})`),
    },
    transcripts: {
      whole: transcriptsIn('whole', WHOLE),
      /** Without the lines. */
      small: transcriptsIn('small', SMALL as typeof WHOLE),
    },
  };
}

export type RecordingQueries = ReturnType<typeof recordingQueries>;
