import type { VoiceCallRow } from '../db/tables/voice-calls.js';

type Bookkeeping = 'organizationId' | 'id' | 'callId' | 'revision' | 'createdAt' | 'updatedAt';

/** What a voice call says, all of it. */
export type VoiceCallValues = Omit<VoiceCallRow, Bookkeeping>;

type Nullable = {
  [F in keyof VoiceCallValues]: null extends VoiceCallValues[F] ? F : never;
}[keyof VoiceCallValues];

/** A new record: what may be null may be left out. */
export type NewVoiceCall = Omit<VoiceCallValues, Nullable> & Partial<Pick<VoiceCallValues, Nullable>>;

/** A full replacement; the uid is not replaced, and handledByStaffUid left out becomes null. */
export type VoiceCallReplacement = Omit<VoiceCallValues, 'uid' | 'handledByStaffUid'> &
  Partial<Pick<VoiceCallValues, 'handledByStaffUid'>>;

/** A part of the record: absent keeps, null clears what can be null. */
export type VoiceCallPatch = Partial<VoiceCallValues>;

/** The fields that a log row shows under `voiceCall`. */
export const VOICE_CALL_FIELDS = [
  'uid',
  'staffUid',
  'clientUid',
  'fromNumber',
  'toNumber',
  'direction',
  'status',
  'rate',
  'price',
  'provider',
  'sourceId',
  'externalUuid',
  'duration',
  'callSummary',
  'externalAppUrl',
  'externalAppName',
  'recordingId',
  'handledByStaffUid',
] as const satisfies readonly (keyof VoiceCallValues)[];
