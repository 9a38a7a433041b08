import type { CallRow } from '../db/tables/calls.js';
import type { Viewer } from '../identity/viewer.js';
import type { CallQueries } from './call.queries.js';
import type { CallFilter } from './call-filter.js';
import type { GroupName, GroupRow } from './call-group.store.js';
import type { ReferenceValue } from './call-target.js';

/** Finds calls of the viewer's organization. */
export class CallService {
  readonly #queries: CallQueries;

  constructor(queries: CallQueries) {
    this.#queries = queries;
  }

  /** The call that has the reference, or null. */
  async byReference({ organization }: Viewer, reference: ReferenceValue): Promise<CallRow | null> {
    const { system, name, value } = reference;
    const [row] = await this.#queries.byReference.execute({
      organization: organization.id,
      system,
      name,
      value,
    });
    return row?.call ?? null;
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
