import { rowLoader } from '../db/batch.js';
import type { VoiceCallQueries } from './voice-call.queries.js';

export function createVoiceCallLoaders(queries: VoiceCallQueries, organization: string) {
  return {
    voiceCallById: rowLoader(
      (keys) => queries.byIds.execute({ organization, keys }),
      (voiceCall) => voiceCall.id,
    ),
    voiceCallByCallId: rowLoader(
      (keys) => queries.byCallIds.execute({ organization, keys }),
      (voiceCall) => voiceCall.callId,
    ),
  };
}
