import type { ReferenceValue } from '../calls/reference/call-target.values.js';
import type { UpsertCall } from '../intake/upsert/upsert-call.js';
import type { VoiceCallPatch } from '../voice-calls/voice-call-values.js';

export interface UpdatedRecords {
  readonly records: readonly CallRecord[];
  readonly position: string;
  /** There may be more. */
  readonly hasMore: boolean;
}

export interface ReceivedMessage {
  readonly body: Buffer;
  /** In lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** The URLs that it may have come to, with its query: one with the token in force, one with the token before. */
  readonly urls: readonly string[];
  /** Its signature was right when it was read before. */
  readonly wasSigned: boolean;
  /** Addresses in it were masked since, so that a signature would be wrong. */
  readonly isMasked?: boolean;
}

export type Reading =
  /** It is not the vendor's. */
  | { readonly kind: 'REFUSED'; readonly reason: string }
  | { readonly kind: 'UNRECOGNISED'; readonly reason: string; readonly isVerified?: boolean }
  | CallMessage
  /** It is about one call of these numbers, and does not say which. */
  | {
      readonly kind: 'NAMELESS';
      readonly to: string;
      readonly customerNumber: string;
      readonly said: Omit<CallRecord, 'references'>;
    };

export interface CallMessage {
  readonly kind: 'CALL';
  /** It is believed as it is. Otherwise it is a hint at the vendor's record. */
  readonly isVerified: boolean;
  readonly subject: Subject;
  /** What the message says itself; null if that is nothing. */
  readonly said: CallRecord | null;
}

/** What a vendor needs to find its record. */
export interface Subject {
  readonly references: readonly ReferenceValue[];
  readonly channelId?: string | null;
  /** Creovai's own id of an interaction, which is no reference. */
  readonly interactionId?: string;
}

export type Recorded = Pick<UpsertCall, 'recordings' | 'transcripts'>;

/** A vendor's record of a call, as the services take it. What the vendor leaves out, or null, is absent. */
export interface CallRecord {
  readonly references: readonly ReferenceValue[];
  readonly values: Omit<UpsertCall, 'path' | 'references' | 'record'>;
  /** The vendor has a transcript of it at a path of its own. */
  readonly hasTranscript?: boolean;
  /** When the vendor was asked, before it answered: it orders records that have no time of the vendor's. */
  readonly fetchedAt?: Date;
  /** vcita's. */
  readonly voiceCall?: VoiceCallPatch;
}
