import { type Page, type Slice, sliceOf } from '../db/page.js';
import type { CallRow } from '../db/tables/calls.js';
import type { Viewer } from '../identity/viewer.js';
import type { CallQueries } from './call.queries.js';
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

  /** Newest first; positions are calls' uuids. */
  async page({ organization }: Viewer, page: Page): Promise<Slice<CallRow>> {
    return sliceOf(await this.#queries.page(organization.id, page), page);
  }

  async count({ organization }: Viewer): Promise<number> {
    const [row] = await this.#queries.count(organization.id);
    return row?.total ?? 0;
  }
}
