import { type Account, runFor } from '../db/connection/account.js';
import { countLoader, listLoader, pageLoader, rowLoader } from '../db/loading/batch.js';
import type { RequestedFields } from '../db/loading/loader-set.js';
import { type Page, type Slice, sliceOf } from '../foundation/page.js';
import type { CallEventQueries, LinkedEventRow, ShownEvent } from './call-event.queries.js';
import type { CallEventFilter } from './call-event-filter.values.js';

export function callEventLoaders(queries: CallEventQueries) {
  return {
    callEventById: rowLoader(
      (organization, keys) => queries.byIds.execute({ organization, keys }),
      (event) => event.id,
    ),
    matchRuleById: rowLoader(
      (organization, keys) => queries.rulesByIds.execute({ organization, keys }),
      (rule) => rule.id,
    ),
    candidatesByEventId: listLoader(
      (organization, keys) => queries.candidates.execute({ organization, keys }),
      ({ event }) => event,
    ),
    callEventsPage: (account: Account, requestedFields: RequestedFields) => ({
      load: async (filter: CallEventFilter, page: Page): Promise<Slice<ShownEvent>> =>
        sliceOf(
          await runFor(account, () => queries.page(account.organization, filter, page, requestedFields)),
          page,
        ),
    }),
    eventsOfCallPage: (account: Account, requestedFields: RequestedFields) =>
      pageLoader<Page, LinkedEventRow>(
        (organizationId, calls, page) => queries.pagesOfCalls(organizationId, calls, page, requestedFields),
        (event) => event.owner,
      )(account),
    eventsOfCallCount: countLoader((organization, calls) => queries.countsOfCalls(organization, calls)),
  };
}
