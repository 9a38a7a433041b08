import { and, eq, getTableColumns, type SQL, sql } from 'drizzle-orm';
import { combined, type Difference, NO_DIFFERENCE } from '../changes/change-log.js';
import type { Transaction } from '../db/database.js';
import { replaceRows } from '../db/insert-rows.js';
import { callRecordings, callTranscripts, type RecordingRow } from '../db/tables/recordings.js';
import {
  loggedRecording,
  loggedTranscript,
  type NewTranscript,
  recordingKey,
  type StoredRecorded,
  type StoredTranscript,
  transcriptKey,
} from './recorded-plan.js';

type Named = { system: string; vendorId: string | null };

interface Wanted {
  /** Locked. */
  calls: string[];
  recordings: readonly Named[];
  transcripts: readonly Named[];
}

const { lines, ...SMALL } = getTableColumns(callTranscripts);
const STORED_TRANSCRIPT = { ...SMALL, lineCount: sql<number>`jsonb_array_length(${lines})` };

/** Call it under the locks of the calls and of the names. No statement for what is not given. */
export async function readRecorded(
  tx: Transaction,
  organizationId: string,
  { calls, recordings, transcripts }: Wanted,
): Promise<StoredRecorded> {
  const [storedRecordings, storedTranscripts] = await Promise.all([
    recordings.length === 0
      ? []
      : tx
          .select()
          .from(callRecordings)
          .where(isWanted(callRecordings, organizationId, calls, recordings)),
    transcripts.length === 0
      ? []
      : tx
          .select(STORED_TRANSCRIPT)
          .from(callTranscripts)
          .where(isWanted(callTranscripts, organizationId, calls, transcripts))
          // Of two without the vendor's id, which a join leaves, the newest is replaced.
          .orderBy(callTranscripts.createdAt, callTranscripts.id),
  ]);
  return {
    recordings: new Map(storedRecordings.map((row) => [recordingKey(row), row])),
    transcripts: new Map(storedTranscripts.map((row) => [transcriptKey(row, row.callId), row])),
    counts: { recordings: counted(storedRecordings), transcripts: counted(storedTranscripts) },
  };
}

/** Of one of the calls, or named. An OR of both would read all rows of the organization. */
function isWanted(
  table: typeof callRecordings | typeof callTranscripts,
  organizationId: string,
  calls: string[],
  named: readonly Named[],
): SQL {
  const [systems, ids] = [named.map(({ system }) => system), named.map(({ vendorId }) => vendorId)];
  return sql`${table.organizationId} = ${organizationId} and ${table.id} = any(array(
    select r.id from ${table} r
    where r.organization_id = ${organizationId} and r.call_id = any(${sql.param(calls)}::uuid[])
    union
    select r.id from unnest(${sql.param(systems)}::text[], ${sql.param(ids)}::text[]) n (system, vendor_id)
    join ${table} r on r.organization_id = ${organizationId} and r.system = n.system and r.vendor_id = n.vendor_id))`;
}

function counted(rows: { callId: string }[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { callId } of rows) counts.set(callId, (counts.get(callId) ?? 0) + 1);
  return counts;
}

/** Inserts them, or replaces those of the same ids. The calls must be locked. */
export async function writeRecorded(
  tx: Transaction,
  organizationId: string,
  recordings: RecordingRow[],
  transcripts: NewTranscript[],
): Promise<void> {
  await Promise.all([
    replaceRows(tx, callRecordings, organizationId, recordings),
    replaceRows(
      tx,
      callTranscripts,
      organizationId,
      transcripts.map(({ lineCount: _counted, ...row }) => row),
    ),
  ]);
}

/** For a join. Both calls must be locked. */
export async function moveRecorded(
  tx: Transaction,
  organizationId: string,
  from: string,
  to: string,
): Promise<Difference> {
  const recordings = await tx
    .update(callRecordings)
    .set({ callId: to })
    .where(and(eq(callRecordings.organizationId, organizationId), eq(callRecordings.callId, from)))
    .returning();
  const transcripts: StoredTranscript[] = await tx
    .update(callTranscripts)
    .set({ callId: to })
    .where(and(eq(callTranscripts.organizationId, organizationId), eq(callTranscripts.callId, from)))
    .returning(STORED_TRANSCRIPT);
  return combined(
    moved('recordings', recordings.map(loggedRecording)),
    moved('transcripts', transcripts.map(loggedTranscript)),
  );
}

const moved = (name: string, rows: object[]): Difference =>
  rows.length === 0 ? NO_DIFFERENCE : { oldValues: { [name]: [] }, newValues: { [name]: rows } };
