import { spelling } from '../../foundation/spelling.js';
import { defined, flagIn, idIn, instantIn, secondsIn, textIn } from '../record-parts.js';
import { lineIn, recordingsOf, transcriptsOf } from '../recorded-parts.js';
import type { Recorded } from '../vendor-message.js';

const LINE = { start: 'segment_start', end: 'segment_end', text: 'content', speaker: 'speaker' };

/** Burki's list of RecordingResponse. */
export function recordingsAtBurki(answer: unknown): Recorded {
  return defined({ recordings: recordingsOf('BURKI', listOf(answer).map(recordingIn)) });
}

/** Burki's list of TranscriptResponse: it has one transcript of a call, without an id. */
export function transcriptAtBurki(answer: unknown): Recorded {
  const final = listOf(answer).filter((each) => flagIn(each, 'is_final') !== false);
  return defined({ transcripts: transcriptsOf('BURKI', { lines: final.map((each) => lineIn(each, LINE)) }) });
}

const listOf = (answer: unknown): readonly unknown[] => (Array.isArray(answer) ? answer : []);

const recordingIn = (record: unknown) => ({
  vendorId: idIn(record, 'id'),
  kind: spelling(textIn(record, 'recording_type') ?? '') === 'voicemail' ? ('VOICEMAIL' as const) : undefined,
  status: textIn(record, 'status'),
  duration: secondsIn(record, 'duration'),
  format: textIn(record, 'format'),
  createdAt: instantIn(record, 'created_at'),
});
