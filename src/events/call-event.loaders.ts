import { countLoader, pageLoader, rowLoader } from '../db/batch.js';
import type { Page } from '../db/page.js';
import type { CallEventQueries, LinkedEventRow } from './call-event.queries.js';

/** Events and match rules. */
export function callEventLoaders(queries: CallEventQueries) {
  return {
    callEventById: rowLoader(
      (organization, keys) => queries.byIds.execute({ organization, keys }),
      (event) => event.id,
    ),
    /** Deleted rules too. */
    matchRuleById: rowLoader(
      (organization, keys) => queries.rulesByIds.execute({ organization, keys }),
      (rule) => rule.id,
    ),
    eventsOfCallPage: pageLoader<Page, LinkedEventRow>(
      (organization, calls, page) => queries.pagesOfCalls(organization, calls, page),
      (event) => event.owner,
    ),
    eventsOfCallCount: countLoader((organization, calls) => queries.countsOfCalls(organization, calls)),
  };
}
