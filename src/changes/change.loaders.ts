import type { Account } from '../db/connection/account.js';
import { filteredCountLoader, pageLoader, rowLoader } from '../db/loading/batch.js';
import type { RequestedFields } from '../db/loading/loader-set.js';
import type { CallChangeFilter } from './call-change-filter.values.js';
import type { ChangeQueries, FilteredHistory, HistoryRow } from './change.queries.js';

export function changeLoaders(queries: ChangeQueries) {
  return {
    changeById: rowLoader(
      (organization, keys) => queries.byIds.execute({ organization, keys }),
      (change) => change.id,
    ),
    historyPage: (account: Account, requestedFields: RequestedFields) =>
      pageLoader<FilteredHistory, HistoryRow>(
        (organizationId, callIds, page) => queries.pages(organizationId, callIds, page, requestedFields),
        (change) => change.owner,
      )(account),
    historyCount: filteredCountLoader<CallChangeFilter>((organization, callIds, filter) =>
      queries.counts(organization, callIds, filter),
    ),
  };
}
