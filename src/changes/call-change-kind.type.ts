import { publishEnum } from '../graphql/publish-enum.js';
import type { CallChangeKind } from './change-kind.js';

export const CallChangeKindEnum = publishEnum<CallChangeKind>('CallChangeKind', 'What happened to a call.', {
  REGISTERED: 'The gateway first heard of the call: upsertCall, or createVoiceCall without a known call.',
  UPDATED: 'upsertCall changed it.',
  METADATA_MERGED: 'mergeCallMetadata.',
  EVENT_APPLIED: 'Metadata that arrived beside the call was applied to it.',
  VOICE_CALL_CREATED: 'createVoiceCall.',
  VOICE_CALL_UPDATED: 'updateVoiceCall or patchVoiceCall.',
  CALL_FLOW_REPLACED: 'replaceCallFlow.',
  CALL_FLOW_PROGRESSED: 'recordCallFlowProgress.',
  HUNG_UP: 'hangUpCall.',
  JOINED:
    'A second record of the same real call was joined into it; or it was joined into the call that newValues name.',
});
