import { runFor } from '../db/connection/account.js';
import type { ValuePosition } from '../db/lists/value-list.js';
import type { VoiceCallRow } from '../db/tables/voice-calls.js';
import { type Page, type Slice, sliceOf } from '../foundation/page.js';
import type { Total } from '../foundation/total.js';
import type { Viewer } from '../identity/viewer.js';
import type { VoiceCallQueries } from './voice-call.queries.js';
import type { VoiceCallFilter, VoiceCallList } from './voice-call-filter.values.js';
import type { VoiceCallSlice } from './voice-call-slice.values.js';

export class VoiceCallFinder {
  readonly #queries: VoiceCallQueries;

  constructor(queries: VoiceCallQueries) {
    this.#queries = queries;
  }

  async page(
    { organization, account }: Viewer,
    list: VoiceCallList,
    page: Page<ValuePosition>,
  ): Promise<Slice<VoiceCallRow>> {
    return sliceOf(await runFor(account, () => this.#queries.page(organization.id, list, page)), page);
  }

  slice({ organization, account }: Viewer, slice: VoiceCallSlice): Promise<VoiceCallRow[]> {
    return runFor(account, () => this.#queries.slice(organization.id, slice));
  }

  count({ organization, account }: Viewer, filter: VoiceCallFilter): Promise<Total> {
    return runFor(account, () => this.#queries.count(organization.id, filter));
  }
}
