import { publishEnum } from '../graphql/publish-enum.js';
import type { VoiceCallDirection, VoiceCallProvider, VoiceCallStatus } from './voice-call.enums.js';

export const VoiceCallDirectionEnum = publishEnum<VoiceCallDirection>(
  'VoiceCallDirection',
  'The direction of a voice call, as seen from the business. vcita: `direction`.',
  { INBOUND: 'An incoming call to the business.', OUTBOUND: 'An outgoing call from the business.' },
);

export const VoiceCallStatusEnum = publishEnum<VoiceCallStatus>(
  'VoiceCallStatus',
  "The outcome of a voice call, in vcita's words (vcita: `status`). It also sets the call's status. " +
    'VOICEMAIL is the current name of VOICEMAIL_RECEIVED; both are stored as given.',
  {
    INCOMING_CALL: 'The call is ringing; Call.status becomes RINGING.',
    ANSWERED_BY_STAFF:
      'A staff member picked up; Call.status becomes IN_PROGRESS while the duration is null or 0, then COMPLETED.',
    MISSED: 'No one answered; Call.status becomes NO_ANSWER.',
    ANSWERED_BY_CALLS_PROVIDER:
      "The provider's IVR handled it; Call.status becomes IN_PROGRESS while the duration is null or 0, then COMPLETED.",
    MISSED_CALL_HANDLED: 'A missed call that was followed up; Call.status becomes NO_ANSWER.',
    VOICEMAIL_RECEIVED:
      'The caller left a voicemail; Call.status becomes VOICEMAIL. An older word: VOICEMAIL is the one that vcita uses now.',
    VOICEMAIL: 'The caller left a voicemail; Call.status becomes VOICEMAIL.',
  },
);

export const VoiceCallProviderEnum = publishEnum<VoiceCallProvider>(
  'VoiceCallProvider',
  'The carrier of a voice call. vcita: `provider`.',
  { VONAGE: 'Vonage, currently the only provider that vcita supports.' },
);
