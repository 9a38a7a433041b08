import { begunFor } from '../db/account.js';
import type { Viewer } from '../identity/viewer.js';
import type { CallQueries } from './call.queries.js';
import type { CallFilter } from './call-filter.js';
import type { GroupName, GroupRow } from './call-group.store.js';

/** Finds calls of the viewer's organization. */
export class CallService {
  readonly #queries: CallQueries;

  constructor(queries: CallQueries) {
    this.#queries = queries;
  }

  /** How many calls the filter finds. */
  async count({ organization, account }: Viewer, filter: CallFilter): Promise<number> {
    const [row] = await begunFor(account, () => this.#queries.count(organization.id, filter));
    return row?.total ?? 0;
  }

  /** The group of this kind and key, or null. */
  async group({ organization, account }: Viewer, { kind, key }: GroupName): Promise<GroupRow | null> {
    const named = { organization: organization.id, kind, key };
    const [row] = await begunFor(account, () => this.#queries.groupByName.execute(named));
    return row ?? null;
  }
}
