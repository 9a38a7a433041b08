import { countLoader, pageLoader, rowLoader } from '../db/batch.js';
import type { Page } from '../db/page.js';
import type { CallEventQueries, LinkedEventRow } from './call-event.queries.js';

/** Events and match rules of one organization, batched within one request. */
export function createCallEventLoaders(queries: CallEventQueries, organization: string) {
  return {
    callEventById: rowLoader(
      (keys) => queries.byIds.execute({ organization, keys }),
      (event) => event.id,
    ),
    /** Deleted rules too. */
    matchRuleById: rowLoader(
      (keys) => queries.rulesByIds.execute({ organization, keys }),
      (rule) => rule.id,
    ),
    eventsOfCallPage: pageLoader<Page, LinkedEventRow>(
      (calls, page) => queries.pagesOfCalls(organization, calls, page),
      (event) => event.owner,
    ),
    eventsOfCallCount: countLoader((calls) => queries.countsOfCalls(organization, calls)),
  };
}
