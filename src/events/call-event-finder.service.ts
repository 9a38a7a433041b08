import { begunFor } from '../db/account.js';
import { type Page, type Slice, sliceOf } from '../db/page.js';
import type { CallEventRow } from '../db/tables/call-events.js';
import type { Viewer } from '../identity/viewer.js';
import type { CallEventQueries } from './call-event.queries.js';
import type { CallEventFilter } from './call-event-filter.js';

/** Finds events of the viewer's organization. */
export class CallEventFinder {
  readonly #queries: CallEventQueries;

  constructor(queries: CallEventQueries) {
    this.#queries = queries;
  }

  /** A page of the events that the filter finds, newest first; positions are events' uuids. */
  async page(
    { organization, account }: Viewer,
    filter: CallEventFilter,
    page: Page,
  ): Promise<Slice<CallEventRow>> {
    return sliceOf(await begunFor(account, () => this.#queries.page(organization.id, filter, page)), page);
  }

  async count({ organization, account }: Viewer, filter: CallEventFilter): Promise<number> {
    const [row] = await begunFor(account, () => this.#queries.count(organization.id, filter));
    return row?.total ?? 0;
  }
}
