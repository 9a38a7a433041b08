import type { CallSystem } from '../call.enums.js';

/** What filters look at. Members that are null may be absent. */
export interface SnapshotVoiceCall {
  staffUid?: string | null;
  clientUid?: string | null;
  handledByStaffUid?: string | null;
  callSummary?: string | null;
}

/** What a recording or transcript is known by. */
export interface RecordedName {
  system: CallSystem;
  vendorId: string | null;
}

export interface SnapshotTranscript extends RecordedName {
  /** As `search` looks at it: see the SQL function transcript_text. */
  text: string;
}
