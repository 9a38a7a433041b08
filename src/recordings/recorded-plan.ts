import { createHash } from 'node:crypto';
import type { CallChangeKind } from '../changes/call-change.enums.js';
import type { Difference } from '../changes/change-log.js';
import type { RecordingRow, TranscriptRow } from '../db/tables/recordings.js';
import { canonicalKey } from '../foundation/canonical-key.js';
import { newId } from '../foundation/new-id.js';
import { refuse } from '../foundation/refusal.js';
import type { GivenRecording, GivenTranscript } from './recording.values.js';

/** Of one call, because `Call.recordings` and `Call.transcripts` show all of them. */
export const MOST_RECORDINGS = 50;
export const MOST_TRANSCRIPTS = 20;

/** Without the lines, which a change is recognised by no better than by their digest. */
export type StoredTranscript = Omit<TranscriptRow, 'lines'> & { lineCount: number };
export type NewTranscript = TranscriptRow & { lineCount: number };

/** All that the calls of a batch have, and what is known by one of the given names at another call. */
export interface StoredRecorded {
  /** By `recordingKey`. */
  recordings: Map<string, RecordingRow>;
  /** By `transcriptKey`. */
  transcripts: Map<string, StoredTranscript>;
  /** How many a call has, by its id. */
  counts: { recordings: Map<string, number>; transcripts: Map<string, number> };
}

export interface PlannedRecorded {
  recordings: RecordingRow[];
  transcripts: NewTranscript[];
  changes: (Difference & { kind: CallChangeKind })[];
}

interface Owner {
  organizationId: string;
  id: string;
}

interface Given {
  recordings?: readonly GivenRecording[] | undefined;
  transcripts?: readonly GivenTranscript[] | undefined;
  path: string[];
}

export const recordingKey = ({ system, vendorId }: Pick<RecordingRow, 'system' | 'vendorId'>): string =>
  JSON.stringify([system, vendorId]);

export const transcriptKey = (
  { system, vendorId }: Pick<TranscriptRow, 'system' | 'vendorId'>,
  callId: string,
): string => JSON.stringify(vendorId === null ? [system, null, callId] : [system, vendorId]);

/** What must be locked, as references are: no two calls may get it. */
export function recordedNames({ recordings = [], transcripts = [] }: Omit<Given, 'path'>): string[] {
  const named = transcripts.filter(({ vendorId }) => vendorId !== null);
  return [
    ...recordings.map((each) => `recording ${recordingKey(each)}`),
    ...named.map((each) => `transcript ${transcriptKey(each, '')}`),
  ];
}

/**
 * What an upsert adds, and what it replaces as a whole; equal ones are left alone. A late upsert replaces none.
 * @throws Refusal REFERENCE_CONFLICT, LIMIT_EXCEEDED
 */
export function planRecorded(
  stored: StoredRecorded,
  call: Owner,
  given: Given,
  { now, isLate }: { now: Date; isLate: boolean },
): PlannedRecorded {
  const recordings = changed<GivenRecording, RecordingRow, RecordingRow>(call, {
    given: given.recordings ?? [],
    path: [...given.path, 'recordings'],
    stored: (each) => stored.recordings.get(recordingKey(each)),
    count: stored.counts.recordings.get(call.id) ?? 0,
    most: MOST_RECORDINGS,
    isLate,
    row: (each, before) => recordingRow(call, each, before, now),
  });
  const transcripts = changed<GivenTranscript, StoredTranscript, NewTranscript>(call, {
    given: given.transcripts ?? [],
    path: [...given.path, 'transcripts'],
    stored: (each) => stored.transcripts.get(transcriptKey(each, call.id)),
    count: stored.counts.transcripts.get(call.id) ?? 0,
    most: MOST_TRANSCRIPTS,
    isLate,
    row: (each, before) => transcriptRow(call, each, before, now),
  });
  return {
    recordings: recordings.map(({ after }) => after),
    transcripts: transcripts.map(({ after }) => after),
    changes: [
      ...logged('RECORDING_ADDED', 'recordings', recordings, loggedRecording),
      ...logged('TRANSCRIPT_ADDED', 'transcripts', transcripts, loggedTranscript),
    ],
  };
}

/** A later item of the batch finds what an earlier one has planned. */
export function putRecorded(stored: StoredRecorded, planned: PlannedRecorded): void {
  const { counts } = stored;
  for (const row of planned.recordings) put(stored.recordings, counts.recordings, recordingKey(row), row);
  for (const row of planned.transcripts) {
    put(stored.transcripts, counts.transcripts, transcriptKey(row, row.callId), row);
  }
}

function put<Row extends { callId: string }>(
  rows: Map<string, Row>,
  counts: Map<string, number>,
  key: string,
  row: Row,
): void {
  if (!rows.has(key)) counts.set(row.callId, (counts.get(row.callId) ?? 0) + 1);
  rows.set(key, row);
}

interface Replaced<Row, NewRow> {
  before: Row | undefined;
  after: NewRow;
}

interface Planning<Each, Row, NewRow> {
  given: readonly Each[];
  path: string[];
  stored(given: Each): Row | undefined;
  count: number;
  most: number;
  isLate: boolean;
  row(given: Each, before: Row | undefined): NewRow;
}

function changed<
  Each extends { system: string; vendorId: string | null },
  Row extends { callId: string },
  NewRow extends Row,
>(call: Owner, { given, path, stored, count, most, isLate, row }: Planning<Each, Row, NewRow>) {
  const replaced = given.flatMap((each, index): Replaced<Row, NewRow>[] => {
    const before = stored(each);
    if (before !== undefined && before.callId !== call.id) {
      const name = `${each.system} ${each.vendorId}`;
      refuse(
        'REFERENCE_CONFLICT',
        `${name} belongs to another call`,
        [...path, String(index)],
        {},
        {
          calls: [call.id, before.callId],
        },
      );
    }
    if (before !== undefined && isLate) return [];
    const after = row(each, before);
    return before !== undefined && isSame(before, after) ? [] : [{ before, after }];
  });
  const added = replaced.filter(({ before }) => before === undefined).length;
  if (added > 0 && count + added > most) {
    refuse(
      'LIMIT_EXCEEDED',
      `A call may have at most ${most} ${path.at(-1)}; it would have ${count + added}`,
      path,
      {},
      { limit: most, found: count + added },
    );
  }
  return replaced;
}

/** What both have. The new one's lines are compared by their digest. */
const isSame = (before: object, after: object): boolean =>
  Object.entries(before).every(([name, value]) => sameValue(value, Object(after)[name]));

const sameValue = (one: unknown, other: unknown): boolean =>
  one instanceof Date && other instanceof Date ? one.getTime() === other.getTime() : one === other;

function recordingRow(
  { organizationId, id: callId }: Owner,
  { createdAt, ...values }: GivenRecording,
  before: RecordingRow | undefined,
  now: Date,
): RecordingRow {
  const id = before?.id ?? newId().id;
  return { organizationId, id, callId, ...values, createdAt: createdAt ?? before?.createdAt ?? now };
}

function transcriptRow(
  { organizationId, id: callId }: Owner,
  { lines, ...values }: GivenTranscript,
  before: StoredTranscript | undefined,
  now: Date,
): NewTranscript {
  const id = before?.id ?? newId().id;
  const digest = createHash('sha256').update(canonicalKey(lines)).digest('base64url');
  const createdAt = before?.createdAt ?? now;
  return { organizationId, id, callId, ...values, lines, digest, lineCount: lines.length, createdAt };
}

function logged<Row, NewRow extends Row>(
  kind: CallChangeKind,
  name: string,
  replaced: readonly Replaced<Row, NewRow>[],
  shown: (row: Row) => object,
): PlannedRecorded['changes'] {
  if (replaced.length === 0) return [];
  const before = replaced.flatMap((each) => (each.before === undefined ? [] : shown(each.before)));
  const after = replaced.map((each) => shown(each.after));
  return [{ kind, oldValues: { [name]: before }, newValues: { [name]: after } }];
}

export const loggedRecording = ({ organizationId, id, callId, ...shown }: RecordingRow): object => shown;

/** A transcript may be long, and the log keeps every version: it says only that and how it has changed. */
export const loggedTranscript = ({
  system,
  vendorId,
  status,
  language,
  lineCount,
}: Pick<StoredTranscript, 'system' | 'vendorId' | 'status' | 'language' | 'lineCount'>): object => ({
  system,
  vendorId,
  status,
  language,
  lineCount,
});
