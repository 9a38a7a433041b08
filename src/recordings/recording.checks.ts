import type { UserErrorData } from '../foundation/refusal.js';
import {
  atLeast,
  checkLength,
  checkList,
  checkStrings,
  problem,
  textProblem,
} from '../graphql/input-checks.js';
import type { Nothing, Only } from '../graphql/only.js';
import { MOST_RECORDINGS, MOST_TRANSCRIPTS } from './recorded-plan.js';
import type { CallRecordingInput, CallTranscriptInput, TranscriptLineInput } from './recording.input.js';
import {
  type GivenRecording,
  type GivenTranscript,
  LONGEST_LINE,
  MOST_LINE_BYTES,
  MOST_LINES,
  type TranscriptLineValue,
} from './recording.values.js';

const VENDOR_ID: [number, number] = [1, 500];
const LINES: [number, number] = [0, MOST_LINES];
const TEXT: [number, number] = [0, LONGEST_LINE];
const REPORTED = 20;

type Named = { system: string; vendorId?: string | null };
type Given<Item> = Item[] | null | undefined;

export function checkRecordings(recordings: Given<CallRecordingInput>, path: string[]): UserErrorData[] {
  const isRepeated = repetition();
  return checkList(recordings, path, [0, MOST_RECORDINGS], (recording, at) => [
    ...checkLength(recording.vendorId, [...at, 'vendorId'], VENDOR_ID),
    ...atLeast(0, recording.duration, [...at, 'duration'], 'seconds'),
    ...(isRepeated(recording) ? problem(at, 'The recording is already in the list.') : []),
  ]);
}

export function checkTranscripts(transcripts: Given<CallTranscriptInput>, path: string[]): UserErrorData[] {
  const isRepeated = repetition();
  return checkList(transcripts, path, [0, MOST_TRANSCRIPTS], (transcript, at) => [
    ...checkLength(transcript.vendorId, [...at, 'vendorId'], VENDOR_ID),
    ...checkLines(transcript.lines, [...at, 'lines']),
    ...(isRepeated(transcript) ? problem(at, 'The transcript is already in the list.') : []),
  ]);
}

function repetition(): (named: Named) => boolean {
  const seen = new Set<string>();
  return ({ system, vendorId }) => {
    const { size } = seen;
    return seen.add(JSON.stringify([system, vendorId ?? null])).size === size;
  };
}

/** A line may be longer than other texts are. */
function checkLines(lines: TranscriptLineInput[], path: string[]): UserErrorData[] {
  const errors = checkList(lines, path, LINES, ({ text, ...line }, at) => {
    const wrong = textProblem(text);
    return [
      ...atLeast(0, line.start, [...at, 'start'], 'seconds'),
      ...atLeast(0, line.end, [...at, 'end'], 'seconds'),
      ...checkStrings(line, at),
      ...checkLength(text, [...at, 'text'], TEXT),
      ...(wrong === null ? [] : problem([...at, 'text'], `text ${wrong}.`)),
    ];
  });
  if (errors.length > 0) return errors.slice(0, REPORTED);
  const bytes = Buffer.byteLength(JSON.stringify(lines.map(toLine)));
  if (bytes <= MOST_LINE_BYTES) return [];
  return problem(
    path,
    `The lines of a transcript may have at most ${MOST_LINE_BYTES} bytes, not ${bytes}.`,
    'LIMIT_EXCEEDED',
    { limit: MOST_LINE_BYTES, found: bytes },
  );
}

export function toRecording({
  system,
  vendorId,
  kind,
  status = null,
  duration = null,
  format = null,
  createdAt = null,
  ...rest
}: CallRecordingInput): GivenRecording {
  rest satisfies Only<typeof rest, Nothing>;
  return { system, vendorId, kind, status, duration, format, createdAt };
}

export function toTranscript({
  system,
  vendorId = null,
  status = null,
  language = null,
  summary = null,
  lines,
  ...rest
}: CallTranscriptInput): GivenTranscript {
  rest satisfies Only<typeof rest, Nothing>;
  return { system, vendorId, status, language, summary, lines: lines.map(toLine) };
}

function toLine(line: TranscriptLineInput): TranscriptLineValue {
  const { start = null, end = null, speaker, speakerName = null, text, confidence = null, ...rest } = line;
  rest satisfies Only<typeof rest, Nothing>;
  return {
    start: asStored(start),
    end: asStored(end),
    speaker,
    speakerName,
    text,
    confidence: asStored(confidence),
  };
}

/** JSON has no minus zero, which would differ from what is stored each time. */
const asStored = (value: number | null) => (value === null ? null : value + 0);
