import { publishEnum } from '../graphql/publish-enum.js';
import type { CallChangeKind } from './call-change.enums.js';

export const CallChangeKindEnum = publishEnum<CallChangeKind>('CallChangeKind', 'What happened to a call.', {
  REGISTERED: 'The call was created: upsertCall, or createVoiceCall without a known call.',
  UPDATED: 'upsertCall or updateCall changed it, or its parent was erased.',
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
  EVENT_DISMISSED: 'dismissCallEvent: the metadata of `event` no longer counts.',
  ERASED:
    'eraseCall, eraseCustomer or RETAIN_CALLS: nothing is left but this entry. `call` has its id alone, and no filter can be judged any more.',
});
