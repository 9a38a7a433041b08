import { type Account, runFor, startNow } from '../db/connection/account.js';
import { filteredCountLoader, listLoader, pageLoader, rowLoader } from '../db/loading/batch.js';
import type { RequestedFields } from '../db/loading/loader-set.js';
import type { CallChangeFilter } from './call-change-filter.values.js';
import type { ChangeQueries, FilteredHistory, HistoryRow } from './change.queries.js';
import { CursorLost } from './cursor-lost.js';

export function changeLoaders(queries: ChangeQueries) {
  return {
    changeById: rowLoader(
      (organization, keys) => queries.byIds.execute({ organization, keys }),
      (change) => change.id,
    ),
    historyPage: (account: Account, requestedFields: RequestedFields) =>
      pageLoader<FilteredHistory, HistoryRow>(
        async (organizationId, callIds, page) => {
          const rows = await startNow(queries.pages(organizationId, callIds, page, requestedFields));
          await runFor(account, () => refuseLost(queries, organizationId, page));
          return rows;
        },
        (change) => change.owner,
      )(account),
    historyCount: filteredCountLoader<CallChangeFilter>((organization, callIds, filter) =>
      queries.counts(organization, callIds, filter),
    ),
    checkpointOfCall: rowLoader(
      (organization, keys) => queries.checkpoints.execute({ organization, keys }),
      ({ owner }) => owner,
    ),
    checkpointPatchesOfCall: listLoader(
      (organization, keys) => queries.checkpointPatches.execute({ organization, keys }),
      ({ owner }) => owner,
    ),
  };
}

/**
 * After the page is read, because the log may be pruned meanwhile.
 * @throws CursorLost
 */
async function refuseLost(
  queries: ChangeQueries,
  organization: string,
  { after, before }: FilteredHistory,
): Promise<void> {
  const positions = [after, before].filter((position) => position !== null);
  if (positions.length === 0) return;
  const labels = positions.map(({ label }) => label);
  const seqs = positions.map(({ seq }) => seq);
  const pruned = await startNow(queries.prunedPast.execute({ organization, labels, seqs }));
  if (pruned.length > 0) throw new CursorLost();
}
