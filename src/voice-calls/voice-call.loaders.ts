import { rowLoader } from '../db/loading/batch.js';
import type { VoiceCallQueries } from './voice-call.queries.js';

export function voiceCallLoaders(queries: VoiceCallQueries) {
  return {
    voiceCallById: rowLoader(
      (organization, keys) => queries.byIds.execute({ organization, keys }),
      (voiceCall) => voiceCall.id,
    ),
    voiceCallByCallId: rowLoader(
      (organization, keys) => queries.byCallIds.execute({ organization, keys }),
      (voiceCall) => voiceCall.callId,
    ),
  };
}
