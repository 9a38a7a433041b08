import type { VoiceCallRow } from '../db/tables/voice-calls.js';

type Bookkeeping = 'organizationId' | 'id' | 'callId' | 'revision' | 'createdAt' | 'updatedAt';

export type VoiceCallValues = Omit<VoiceCallRow, Bookkeeping>;

type Nullable = {
  [F in keyof VoiceCallValues]: null extends VoiceCallValues[F] ? F : never;
}[keyof VoiceCallValues];

export type NewVoiceCall = Omit<VoiceCallValues, Nullable> & Partial<Pick<VoiceCallValues, Nullable>>;

export type VoiceCallReplacement = Omit<VoiceCallValues, 'uid' | 'handledByStaffUid'> &
  Partial<Pick<VoiceCallValues, 'handledByStaffUid'>>;

export type VoiceCallPatch = Partial<VoiceCallValues>;

/** A missing field does not compile. */
export const VOICE_CALL_FIELDS = Object.keys({
  uid: true,
  staffUid: true,
  clientUid: true,
  fromNumber: true,
  toNumber: true,
  direction: true,
  status: true,
  rate: true,
  price: true,
  provider: true,
  sourceId: true,
  externalUuid: true,
  duration: true,
  callSummary: true,
  externalAppUrl: true,
  externalAppName: true,
  recordingId: true,
  handledByStaffUid: true,
} satisfies Record<keyof VoiceCallValues, true>) as (keyof VoiceCallValues)[];
