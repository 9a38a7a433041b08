export const RECORDING_KINDS = ['CALL', 'VOICEMAIL'] as const;
export type RecordingKind = (typeof RECORDING_KINDS)[number];

export const TRANSCRIPT_SPEAKERS = ['CUSTOMER', 'AGENT', 'SYSTEM', 'UNKNOWN'] as const;
export type TranscriptSpeaker = (typeof TRANSCRIPT_SPEAKERS)[number];
