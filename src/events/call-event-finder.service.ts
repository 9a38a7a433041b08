import { runFor } from '../db/connection/account.js';
import type { Total } from '../foundation/total.js';
import type { Viewer } from '../identity/viewer.js';
import type { CallEventQueries } from './call-event.queries.js';
import type { CallEventFilter } from './call-event-filter.values.js';

export class CallEventFinder {
  readonly #queries: CallEventQueries;

  constructor(queries: CallEventQueries) {
    this.#queries = queries;
  }

  count({ organization, account }: Viewer, filter: CallEventFilter): Promise<Total> {
    return runFor(account, () => this.#queries.count(organization.id, filter));
  }
}
