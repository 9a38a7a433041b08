import { begunFor } from '../db/account.js';
import { type Page, type Slice, sliceOf } from '../db/page.js';
import type { VoiceCallRow } from '../db/tables/voice-calls.js';
import type { Viewer } from '../identity/viewer.js';
import type { VoiceCallQueries } from './voice-call.queries.js';
import type { VoiceCallFilter } from './voice-call-filter.js';

/** Finds voice calls of the viewer's organization. */
export class VoiceCallFinder {
  readonly #queries: VoiceCallQueries;

  constructor(queries: VoiceCallQueries) {
    this.#queries = queries;
  }

  /** A page of the voice calls that the filter finds, newest first; positions are their uuids. */
  async page(
    { organization, account }: Viewer,
    filter: VoiceCallFilter,
    page: Page,
  ): Promise<Slice<VoiceCallRow>> {
    return sliceOf(await begunFor(account, () => this.#queries.page(organization.id, filter, page)), page);
  }

  async count({ organization, account }: Viewer, filter: VoiceCallFilter): Promise<number> {
    const [row] = await begunFor(account, () => this.#queries.count(organization.id, filter));
    return row?.total ?? 0;
  }
}
