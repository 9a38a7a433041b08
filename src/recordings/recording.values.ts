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
