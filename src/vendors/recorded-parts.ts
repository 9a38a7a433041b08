import type { CallSystem } from '../calls/call.enums.js';
import { MOST_RECORDINGS } from '../recordings/recorded-plan.js';
import {
  type GivenRecording,
  type GivenTranscript,
  LONGEST_LINE,
  MOST_LINE_BYTES,
  MOST_LINES,
  type TranscriptLineValue,
} from '../recordings/recording.values.js';
import { speakerOf } from '../recordings/transcript-speaker.values.js';
import { memberOf } from './delivery-parts.js';
import { cut, storable, textIn } from './record-parts.js';

/** Recordings and transcripts of vendors' records. What is more than a call may have is cut. */

type Reported<Given> = { [Name in Exclude<keyof Given, 'vendorId'>]?: Given[Name] | undefined };

/** Undefined if there is none. One without an id cannot be asked for. */
export function recordingsOf(
  system: CallSystem,
  reported: readonly (Reported<Omit<GivenRecording, 'system'>> & { vendorId: string | undefined })[],
): GivenRecording[] | undefined {
  const byId = new Map<string, GivenRecording>();
  for (const { vendorId, kind = 'CALL', status, duration, format, createdAt } of reported) {
    if (vendorId === undefined || byId.size === MOST_RECORDINGS) continue;
    byId.set(vendorId, {
      ...{ system, vendorId, kind, status: status ?? null, duration: duration ?? null },
      ...{ format: format ?? null, createdAt: createdAt ?? null },
    });
  }
  return byId.size === 0 ? undefined : [...byId.values()];
}

/** Undefined if nothing is said. */
export function transcriptsOf(
  system: CallSystem,
  {
    vendorId,
    status,
    lines,
  }: { vendorId?: string | undefined; status?: string | undefined } & {
    lines: readonly (TranscriptLineValue | null)[];
  },
): GivenTranscript[] | undefined {
  const kept = within(inOrder(lines.filter((each) => each !== null)));
  if (kept.length === 0) return undefined;
  const named = { system, vendorId: vendorId ?? null, status: status ?? null };
  return [{ ...named, language: null, summary: null, lines: kept }];
}

interface LineNames {
  start: string;
  end?: string;
  /** How many of the vendor's units are a second. */
  unit?: number;
  text: string;
  speaker?: string;
}

/** A line by the vendor's names of its members; null if nothing is said. */
export function lineIn(record: unknown, names: LineNames): TranscriptLineValue | null {
  const { unit = 1 } = names;
  const said = memberOf(record, names.text);
  const text = typeof said === 'string' ? cut(storable(said), LONGEST_LINE) : '';
  if (text === '') return null;
  const word = names.speaker === undefined ? undefined : textIn(record, names.speaker);
  const confidence = memberOf(record, 'confidence');
  return {
    start: momentIn(record, names.start, unit),
    end: names.end === undefined ? null : momentIn(record, names.end, unit),
    speaker: speakerOf(word),
    speakerName: word ?? null,
    text,
    confidence: Number.isFinite(confidence) ? (confidence as number) + 0 : null,
  };
}

/** Finer than a second. JSON has no minus zero. */
function momentIn(record: unknown, name: string, unit: number): number | null {
  const value = memberOf(record, name);
  return Number.isFinite(value) && (value as number) >= 0 ? (value as number) / unit + 0 : null;
}

/** By their start if all have one: otherwise the vendor's order says more. */
function inOrder(lines: readonly TranscriptLineValue[]): readonly TranscriptLineValue[] {
  if (lines.some(({ start }) => start === null)) return lines;
  return lines.toSorted((a, b) => (a.start ?? 0) - (b.start ?? 0));
}

function within(lines: readonly TranscriptLineValue[]): TranscriptLineValue[] {
  let bytes = 1;
  const kept: TranscriptLineValue[] = [];
  for (const line of lines.slice(0, MOST_LINES)) {
    bytes += Buffer.byteLength(JSON.stringify(line)) + 1;
    if (bytes > MOST_LINE_BYTES) break;
    kept.push(line);
  }
  return kept;
}
