import type { CallSystem } from '../calls/call.enums.js';
import type { RecordingKind, TranscriptSpeaker } from './recording.enums.js';

/** As a vendor reports it. Without `createdAt`, it keeps the stored one. */
export interface GivenRecording {
  system: CallSystem;
  vendorId: string;
  kind: RecordingKind;
  status: string | null;
  /** Seconds. */
  duration: number | null;
  format: string | null;
  createdAt: Date | null;
}

/** Of a transcript: its lines, the characters of one of them, and the bytes of all as JSON. */
export const MOST_LINES = 10_000;
export const LONGEST_LINE = 16_384;
export const MOST_LINE_BYTES = 1_048_576;

/** Times are seconds from the start of the call. */
export interface TranscriptLineValue {
  start: number | null;
  end: number | null;
  speaker: TranscriptSpeaker;
  speakerName: string | null;
  text: string;
  confidence: number | null;
}

/** Without `vendorId`, it is the one of its call and system. */
export interface GivenTranscript {
  system: CallSystem;
  vendorId: string | null;
  status: string | null;
  language: string | null;
  summary: string | null;
  lines: TranscriptLineValue[];
}
