import { runFor } from '../db/connection/account.js';
import type { Viewer } from '../identity/viewer.js';
import type { CallEventQueries } from './call-event.queries.js';
import type { CallEventFilter } from './call-event-filter.values.js';

export class CallEventFinder {
  readonly #queries: CallEventQueries;

  constructor(queries: CallEventQueries) {
    this.#queries = queries;
  }

  async count({ organization, account }: Viewer, filter: CallEventFilter): Promise<number> {
    const [row] = await runFor(account, () => this.#queries.count(organization.id, filter));
    return row?.total ?? 0;
  }
}
