import type { CallTarget } from '../calls/call-target.js';
import type { Database } from '../db/database.js';
import { newId } from '../db/new-id.js';
import type { CallRow } from '../db/tables/calls.js';
import type { Viewer } from '../identity/viewer.js';
import { refuse, refuseUnknown } from '../refusal.js';
import { metadataQueries } from './metadata.queries.js';
import { type MetadataLimits, refuseTooLarge } from './metadata.store.js';

/** Burki's half of the metadata: merge patches (RFC 7396) that count for now. */
export class MetadataService {
  readonly #queries: ReturnType<typeof metadataQueries>;
  readonly #limits: MetadataLimits;

  constructor({ db }: Database, limits: MetadataLimits) {
    this.#queries = metadataQueries(db);
    this.#limits = limits;
  }

  /**
   * Merges into a call's metadata in one round trip, atomically; answers with the call as it is then.
   * Refuses with NOT_FOUND, REVISION_CONFLICT (beside the present call) and LIMIT_EXCEEDED.
   */
  async merge(
    viewer: Viewer,
    target: CallTarget,
    patch: Record<string, unknown>,
    expectedRevision: number | null,
  ): Promise<CallRow> {
    const reference = 'id' in target ? null : target.reference;
    const [result] = await this.#queries.merge.execute({
      organization: viewer.organization.id,
      call: 'id' in target ? target.id : null,
      system: reference?.system ?? null,
      name: reference?.name ?? null,
      value: reference?.value ?? null,
      patch: JSON.stringify(patch),
      expectedRevision,
      maxBytes: this.#limits.metadataMaxBytes,
      change: newId().id,
      actor: viewer.name,
    });
    if (result === undefined) refuseUnknown('Call', target, reference === null ? 'id' : 'reference');
    const { outcome, call } = result;
    if (outcome === 'REVISION_CONFLICT') {
      const message = `The call is at revision ${call.revision}, not ${expectedRevision}`;
      refuse('REVISION_CONFLICT', message, ['expectedRevision'], { call });
    }
    if (outcome === 'LIMIT_EXCEEDED') refuseTooLarge(this.#limits.metadataMaxBytes, ['metadata']);
    return call;
  }
}
