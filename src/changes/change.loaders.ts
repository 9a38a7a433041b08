import { countLoader, pageLoader, rowLoader } from '../db/batch.js';
import type { Page } from '../db/page.js';
import type { ChangeQueries, HistoryRow, LogPosition } from './change.queries.js';

/** The log. */
export function changeLoaders(queries: ChangeQueries) {
  return {
    changeById: rowLoader(
      (organization, keys) => queries.byIds.execute({ organization, keys }),
      (change) => change.id,
    ),
    historyPage: pageLoader<Page<LogPosition>, HistoryRow>(
      (organization, callIds, page) => queries.pages(organization, callIds, page),
      (change) => change.owner,
    ),
    historyCount: countLoader((organization, callIds) => queries.counts(organization, callIds)),
  };
}
