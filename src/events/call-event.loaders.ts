import { type Account, begunFor } from '../db/account.js';
import { countLoader, pageLoader, rowLoader } from '../db/batch.js';
import type { Asked } from '../db/loader-set.js';
import { type Page, type Slice, sliceOf } from '../db/page.js';
import type { CallEventQueries, LinkedEventRow, ShownEvent } from './call-event.queries.js';
import type { CallEventFilter } from './call-event-filter.js';

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
    callEventsPage: (account: Account, asked: Asked) => ({
      load: async (filter: CallEventFilter, page: Page): Promise<Slice<ShownEvent>> =>
        sliceOf(await begunFor(account, () => queries.page(account.organization, filter, page, asked)), page),
    }),
    eventsOfCallPage: (account: Account, asked: Asked) =>
      pageLoader<Page, LinkedEventRow>(
        (owner, calls, page) => queries.pagesOfCalls(owner, calls, page, asked),
        (event) => event.owner,
      )(account),
    eventsOfCallCount: countLoader((organization, calls) => queries.countsOfCalls(organization, calls)),
  };
}
