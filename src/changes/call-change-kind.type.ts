import { publishEnum } from '../graphql/publish-enum.js';
import type { CallChangeKind } from './call-change.enums.js';

export const CallChangeKindEnum = publishEnum<CallChangeKind>('CallChangeKind', 'What happened to a call.', {
  REGISTERED: 'The call was created: upsertCall, or createVoiceCall without a known call.',
  UPDATED: 'upsertCall changed it.',
  METADATA_MERGED: 'mergeCallMetadata.',
  EVENT_APPLIED: 'The metadata of an event was applied to it.',
  VOICE_CALL_CREATED: 'createVoiceCall.',
  VOICE_CALL_UPDATED: 'updateVoiceCall or patchVoiceCall.',
  CALL_FLOW_REPLACED: 'replaceCallFlow.',
  CALL_FLOW_PROGRESSED: 'recordCallFlowProgress.',
  HUNG_UP: 'hangUpCall.',
  JOINED:
    'Another record of the same call was joined into it, or it was joined into the call named in newValues.',
  RECORDING_ADDED: 'upsertCall added recordings, or replaced some: newValues has these alone.',
  TRANSCRIPT_ADDED:
    'upsertCall added transcripts, or replaced some: newValues has these alone, with the number of their lines as `lineCount`.',
});
