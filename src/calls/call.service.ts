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
  async count({ organization }: Viewer, filter: CallFilter): Promise<number> {
    const [row] = await this.#queries.count(organization.id, filter);
    return row?.total ?? 0;
  }

  /** The group of this kind and key, or null. */
  async group({ organization }: Viewer, { kind, key }: GroupName): Promise<GroupRow | null> {
    const [row] = await this.#queries.groupByName.execute({ organization: organization.id, kind, key });
    return row ?? null;
  }
}
