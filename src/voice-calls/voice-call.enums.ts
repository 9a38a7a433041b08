export const VOICE_CALL_DIRECTIONS = ['INBOUND', 'OUTBOUND'] as const;
export type VoiceCallDirection = (typeof VOICE_CALL_DIRECTIONS)[number];

/**
 * vcita's words, stored as given. VOICEMAIL is the current name of VOICEMAIL_RECEIVED; a filter for either finds both.
 */
export const VOICE_CALL_STATUSES = [
  'INCOMING_CALL',
  'ANSWERED_BY_STAFF',
  'MISSED',
  'ANSWERED_BY_CALLS_PROVIDER',
  'MISSED_CALL_HANDLED',
  'VOICEMAIL_RECEIVED',
  'VOICEMAIL',
] as const;
export type VoiceCallStatus = (typeof VOICE_CALL_STATUSES)[number];

export const VOICE_CALL_PROVIDERS = ['VONAGE'] as const;
export type VoiceCallProvider = (typeof VOICE_CALL_PROVIDERS)[number];
