import type { Account } from '../db/connection/account.js';
import { rowLoader } from '../db/loading/batch.js';
import type { RequestedFields } from '../db/loading/loader-set.js';
import { onceFor } from '../db/loading/once-for.js';
import type { VoiceCallRow } from '../db/tables/voice-calls.js';
import { type VoiceCallColumns, type VoiceCallQueries, voiceCallColumns } from './voice-call.queries.js';

export function voiceCallLoaders(queries: VoiceCallQueries) {
  const byCallIds = onceFor((columns: VoiceCallColumns) => {
    const statement = queries.byCallIds(columns);
    return rowLoader(
      (organization, keys) => statement.execute({ organization, keys }),
      (voiceCall: VoiceCallRow) => voiceCall.callId,
    );
  });
  return {
    voiceCallById: rowLoader(
      (organization, keys) => queries.byIds.execute({ organization, keys }),
      (voiceCall) => voiceCall.id,
    ),
    voiceCallByCallId: (account: Account, requestedFields: RequestedFields) =>
      byCallIds(voiceCallColumns(requestedFields))(account),
  };
}
