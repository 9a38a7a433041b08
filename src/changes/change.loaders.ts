import type { Account } from '../db/connection/account.js';
import { countLoader, pageLoader, rowLoader } from '../db/loading/batch.js';
import type { RequestedFields } from '../db/loading/loader-set.js';
import type { Page } from '../foundation/page.js';
import type { ChangeQueries, HistoryRow, LogPosition } from './change.queries.js';

export function changeLoaders(queries: ChangeQueries) {
  return {
    changeById: rowLoader(
      (organization, keys) => queries.byIds.execute({ organization, keys }),
      (change) => change.id,
    ),
    historyPage: (account: Account, requestedFields: RequestedFields) =>
      pageLoader<Page<LogPosition>, HistoryRow>(
        (organizationId, callIds, page) => queries.pages(organizationId, callIds, page, requestedFields),
        (change) => change.owner,
      )(account),
    historyCount: countLoader((organization, callIds) => queries.counts(organization, callIds)),
  };
}
