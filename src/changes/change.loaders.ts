import { countLoader, pageLoader, rowLoader } from '../db/batch.js';
import type { Page } from '../db/page.js';
import type { ChangeQueries, HistoryRow, LogPosition } from './change.queries.js';

/** The log of one organization, batched within one request. */
export function createChangeLoaders(queries: ChangeQueries, organization: string) {
  return {
    changeById: rowLoader(
      (keys) => queries.byIds.execute({ organization, keys }),
      (change) => change.id,
    ),
    historyPage: pageLoader<Page<LogPosition>, HistoryRow>(
      (callIds, page) => queries.pages(organization, callIds, page),
      (change) => change.owner,
    ),
    historyCount: countLoader((callIds) => queries.counts(organization, callIds)),
  };
}
