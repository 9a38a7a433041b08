import { publishEnum } from '../graphql/publish-enum.js';
import type { RecordingKind, TranscriptSpeaker } from './recording.enums.js';

export const RecordingKindEnum = publishEnum<RecordingKind>('RecordingKind', 'What was recorded.', {
  CALL: 'The call, or a part of it. vcita: `CALL`.',
  VOICEMAIL: 'A message that the caller left. vcita: `VOICEMAIL`.',
});

export const TranscriptSpeakerEnum = publishEnum<TranscriptSpeaker>(
  'TranscriptSpeaker',
  'Who speaks; the same for all vendors.',
  {
    CUSTOMER: 'The outside party. Burki: `user`, vcita: `client`, Creovai: `external`.',
    AGENT:
      'Somebody of the organization, or its voice assistant. Burki: `assistant`, vcita: `staff`, Creovai: `internal`.',
    SYSTEM: 'A machine that is neither, such as an announcement.',
    UNKNOWN: 'The vendor does not say, or says it in a word that is not known.',
  },
);
