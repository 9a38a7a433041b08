import { begunFor } from '../db/account.js';
import type { Viewer } from '../identity/viewer.js';
import type { CallEventQueries } from './call-event.queries.js';
import type { CallEventFilter } from './call-event-filter.js';

/** Finds events of the viewer's organization. */
export class CallEventFinder {
  readonly #queries: CallEventQueries;

  constructor(queries: CallEventQueries) {
    this.#queries = queries;
  }

  /** How many there are. */
  async count({ organization, account }: Viewer, filter: CallEventFilter): Promise<number> {
    const [row] = await begunFor(account, () => this.#queries.count(organization.id, filter));
    return row?.total ?? 0;
  }
}
