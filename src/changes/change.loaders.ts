import type { Account } from '../db/account.js';
import { countLoader, pageLoader, rowLoader } from '../db/batch.js';
import type { Asked } from '../db/loader-set.js';
import type { Page } from '../db/page.js';
import type { ChangeQueries, HistoryRow, LogPosition } from './change.queries.js';

/** The log. */
export function changeLoaders(queries: ChangeQueries) {
  return {
    changeById: rowLoader(
      (organization, keys) => queries.byIds.execute({ organization, keys }),
      (change) => change.id,
    ),
    historyPage: (account: Account, asked: Asked) =>
      pageLoader<Page<LogPosition>, HistoryRow>(
        (owner, callIds, page) => queries.pages(owner, callIds, page, asked),
        (change) => change.owner,
      )(account),
    historyCount: countLoader((organization, callIds) => queries.counts(organization, callIds)),
  };
}
