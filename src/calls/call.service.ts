import { type Account, runFor, startNow } from '../db/connection/account.js';
import { sharedQuestion } from '../db/loading/shared-read.js';
import type { ShownCall } from '../db/tables/call-columns.js';
import type { Total } from '../foundation/total.js';
import type { Viewer } from '../identity/viewer.js';
import type { CallQueries } from './call.queries.js';
import type { CallFilter } from './filter/call-filter.values.js';
import type { CallSlice } from './filter/call-offset.queries.js';
import type { GroupRow } from './group/call-group.store.js';
import type { GroupName } from './group/call-group.values.js';

export class CallService {
  readonly #queries: CallQueries;
  readonly #isSearchable: (account: Account, question: null) => Promise<boolean>;

  constructor(queries: CallQueries) {
    this.#queries = queries;
    this.#isSearchable = sharedQuestion(async () => {
      const [row] = await startNow(queries.isSearchable.execute());
      return row?.isSearchable ?? false;
    });
  }

  count({ organization, account }: Viewer, filter: CallFilter): Promise<Total> {
    return runFor(account, () => this.#queries.count(organization.id, filter));
  }

  isSearchable({ account }: Viewer): Promise<boolean> {
    return this.#isSearchable(account, null);
  }

  async slice(
    { organization, account }: Viewer,
    slice: CallSlice,
  ): Promise<{ calls: ShownCall[]; total: number }> {
    const calls = await runFor(account, () => this.#queries.slice(organization.id, slice));
    const total = await runFor(account, () => this.#queries.sliceTotal(organization.id, slice));
    return { calls, total: total.count };
  }

  async group({ organization, account }: Viewer, { kind, key }: GroupName): Promise<GroupRow | null> {
    const named = { organization: organization.id, kind, key };
    const [row] = await runFor(account, () => this.#queries.groupByName.execute(named));
    return row ?? null;
  }
}
