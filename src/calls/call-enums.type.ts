import { publishEnum } from '../graphql/publish-enum.js';
import type { CallDirection, CallStatus, CallSystem } from './call.enums.js';

export const CallSystemEnum = publishEnum<CallSystem>(
  'CallSystem',
  'The external system that a reference comes from.',
  {
    BURKI: 'Burki. Reference names: `id` (the integer call id, as text) and `callSid`.',
    CREOVAI:
      'Creovai, formerly Tethr. Reference name: `sessionId`. `masterCallId` identifies all legs of a call; use a group with kind `master` for it.',
    VCITA:
      "vcita. Reference names: `uid`, `sourceId` and `externalUuid` (usually the provider's conversation id).",
    BIRD: 'Bird, formerly MessageBird. Reference name: `id`.',
    OTHER: 'Any other system; any reference name is allowed.',
  },
);

export const CallDirectionEnum = publishEnum<CallDirection>(
  'CallDirection',
  'The direction of a call, as seen from the organization.',
  {
    INBOUND:
      'From an outside party to the organization. vcita: `INBOUND`, Bird: `incoming`, Creovai: `Inbound`.',
    OUTBOUND:
      'From the organization to an outside party. vcita: `OUTBOUND`, Bird: `outgoing`, Creovai: `Outbound`.',
    INTERNAL: 'Between two parties of the organization. Creovai: `Internal`.',
    UNKNOWN: 'Not known (yet). Creovai: `Unknown`; Burki does not report it.',
  },
);

export const CallStatusEnum = publishEnum<CallStatus>(
  'CallStatus',
  "The status of a call, the same for all vendors; `Call.vendorStatus` has the vendor's own word. " +
    'COMPLETED, NO_ANSWER, VOICEMAIL, BUSY, CANCELED and FAILED are terminal: a live status never replaces them.',
  {
    SCHEDULED: 'To be placed at `scheduledFor`.',
    QUEUED: 'Accepted by the vendor, not placed yet. Bird: `accepted`.',
    STARTING: 'Being placed. Bird: `starting`.',
    RINGING: 'Ringing. Bird: `ringing`, vcita: `INCOMING_CALL`.',
    IN_PROGRESS:
      'Answered and still going on. Burki: `ongoing`, `in-progress`, Bird: `ongoing`, ' +
      'Creovai: `InProgress`, vcita: `ANSWERED_BY_STAFF` or `ANSWERED_BY_CALLS_PROVIDER` without a duration.',
    COMPLETED:
      'Terminal: answered and ended. Burki and Bird: `completed`, Creovai: `Concluded`, `Complete`, `Excluded`, ' +
      'vcita: `ANSWERED_BY_STAFF` or `ANSWERED_BY_CALLS_PROVIDER` with a duration.',
    NO_ANSWER:
      'Terminal: not answered. Bird: `no-answer`, vcita: `MISSED`, and `MISSED_CALL_HANDLED` after a follow-up.',
    VOICEMAIL: 'Terminal: went to voicemail. vcita: `VOICEMAIL`, `VOICEMAIL_RECEIVED`.',
    BUSY: 'Terminal: the line was busy. Bird: `busy`.',
    CANCELED: 'Terminal: canceled before it was answered.',
    FAILED: 'Terminal: could not be placed, or broke off. Burki and Bird: `failed`.',
    UNKNOWN: 'The vendor sent no status, or an unknown one: see `vendorStatus`.',
  },
);
