import { publishEnum } from '../graphql/publish-enum.js';
import type { CallDirection, CallStatus, CallSystem } from './call.enums.js';

export const CallSystemEnum = publishEnum<CallSystem>('CallSystem', 'The outside system that names a call.', {
  BURKI: 'Burki. Its names: `id` (the integer call id, as text) and `callSid`.',
  CREOVAI:
    'Creovai, formerly Tethr. Its name: `sessionId`. `masterCallId` names all legs of a call: a group of the kind `master`.',
  VCITA: "vcita. Its names: `uid`, `sourceId` and `externalUuid` (usually the provider's conversation id).",
  BIRD: 'Bird, formerly MessageBird. Its name: `id`.',
  OTHER: 'Any other system, under any name.',
});

export const CallDirectionEnum = publishEnum<CallDirection>(
  'CallDirection',
  'Which way a call goes, seen from the organization.',
  {
    INBOUND: 'From outside to the organization. vcita: `INBOUND`, Bird: `incoming`, Creovai: `Inbound`.',
    OUTBOUND: 'From the organization to outside. vcita: `OUTBOUND`, Bird: `outgoing`, Creovai: `Outbound`.',
    INTERNAL: 'Between two parties of the organization. Creovai: `Internal`.',
    UNKNOWN: 'Not known, or not yet. Creovai: `Unknown`; Burki does not say.',
  },
);

export const CallStatusEnum = publishEnum<CallStatus>(
  'CallStatus',
  "Where a call stands, in one vocabulary for all vendors; the vendor's own word is `Call.vendorStatus`. " +
    'COMPLETED, NO_ANSWER, VOICEMAIL, BUSY, CANCELED and FAILED are terminal: a live status never replaces them.',
  {
    SCHEDULED: 'To be placed at `scheduledFor`.',
    QUEUED: 'Accepted by the vendor, not placed yet. Bird: `accepted`.',
    STARTING: 'Being placed. Bird: `starting`.',
    RINGING: 'Ringing. Bird: `ringing`, vcita: `INCOMING_CALL`.',
    IN_PROGRESS:
      'Somebody or something answered, and the call goes on. Burki: `ongoing`, `in-progress`, Bird: `ongoing`, ' +
      'Creovai: `InProgress`, vcita: `ANSWERED_BY_STAFF` or `ANSWERED_BY_CALLS_PROVIDER` without a duration.',
    COMPLETED:
      'Terminal: answered and ended. Burki and Bird: `completed`, Creovai: `Concluded`, `Complete`, `Excluded`, ' +
      'vcita: `ANSWERED_BY_STAFF` or `ANSWERED_BY_CALLS_PROVIDER` with a duration.',
    NO_ANSWER:
      'Terminal: nobody answered. Bird: `no-answer`, vcita: `MISSED`, and `MISSED_CALL_HANDLED` once somebody followed it up.',
    VOICEMAIL: 'Terminal: the caller reached the voicemail. vcita: `VOICEMAIL`, `VOICEMAIL_RECEIVED`.',
    BUSY: 'Terminal: the line was busy. Bird: `busy`.',
    CANCELED: 'Terminal: withdrawn before it was answered.',
    FAILED: 'Terminal: could not be placed, or broke off. Burki and Bird: `failed`.',
    UNKNOWN: 'The vendor used a word that is not known here, or none: see `vendorStatus`.',
  },
);
