import { listLoader, rowLoader } from '../db/batch.js';
import type { CallQueries } from './call.queries.js';

/** Calls, references and groups of one organization, batched within one request. */
export function createCallLoaders(queries: CallQueries, organization: string) {
  return {
    callById: rowLoader(
      (keys) => queries.byIds.execute({ organization, keys }),
      (call) => call.id,
    ),
    referencesByCallId: listLoader(
      (keys) => queries.referencesByCallIds.execute({ organization, keys }),
      (reference) => reference.callId,
    ),
    groupsByCallId: listLoader(
      (keys) => queries.groupsByCallIds.execute({ organization, keys }),
      (group) => group.callId,
    ),
    groupById: rowLoader(
      (keys) => queries.groupsByIds.execute({ organization, keys }),
      (group) => group.id,
    ),
  };
}
