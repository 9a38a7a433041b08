import type { CallTarget } from '../calls/call-target.js';
import type { Database } from '../db/database.js';
import { newUuid } from '../db/new-id.js';
import { ALL_COLUMNS, type CallColumns, onceByName, type ShownCall } from '../db/tables/call-columns.js';
import { actorOf } from '../identity/actor.js';
import type { Viewer } from '../identity/viewer.js';
import { outcomeOf, type Refusal, refuse, refuseUnknown } from '../refusal.js';
import { type MergeResult, metadataQueries } from './metadata.queries.js';
import { type MetadataLimits, refuseTooLarge } from './metadata.store.js';

/** One merge patch (RFC 7396) for one call. */
export interface Merge {
  target: CallTarget;
  patch: Record<string, unknown>;
  /** The call's revision that it is based on; null for whatever it is. */
  expectedRevision: number | null;
  /** Where its metadata and expectedRevision stand among the arguments. */
  path: string[];
}

/** Burki's half of the metadata: merge patches (RFC 7396) that count for now. */
export class MetadataService {
  readonly #database: Database;
  readonly #queriesFor: (columns: CallColumns) => ReturnType<typeof metadataQueries>;
  readonly #limits: MetadataLimits;

  constructor(database: Database, limits: MetadataLimits) {
    this.#database = database;
    this.#queriesFor = onceByName((columns) => metadataQueries(database.db, columns));
    this.#limits = limits;
  }

  /**
   * Merges into a call's metadata in one round trip, atomically; answers with the columns of the call as it is then.
   * Refuses with NOT_FOUND, REVISION_CONFLICT (beside the present call) and LIMIT_EXCEEDED.
   */
  async merge(viewer: Viewer, merge: Merge, columns = ALL_COLUMNS): Promise<ShownCall> {
    const { patch, change, expected, ...named } = itemOf(merge);
    const values = {
      organization: viewer.organization.id,
      ...named,
      patch: JSON.stringify(patch),
      expectedRevision: expected,
      maxBytes: this.#limits.metadataMaxBytes,
      change,
      actor: actorOf(viewer),
    };
    const [result] = await this.#database.statement(
      () => this.#queriesFor(columns).merge.execute(values),
      viewer.account,
    );
    return this.#callOf(merge, result);
  }

  /** Several merges in their order, in one round trip; each answers with its call as it is behind it, or is refused. */
  async mergeAll(
    viewer: Viewer,
    merges: Merge[],
    columns = ALL_COLUMNS,
  ): Promise<({ call: ShownCall } | Refusal)[]> {
    const values = {
      organization: viewer.organization.id,
      items: JSON.stringify(merges.map(itemOf)),
      maxBytes: this.#limits.metadataMaxBytes,
      actor: actorOf(viewer),
    };
    // Where much may be shown it must be refused before it is committed.
    const results =
      'metadata' in columns.columns
        ? await this.#database.transaction(
            (tx) => metadataQueries(tx, columns).mergeAll.execute(values),
            viewer.account,
          )
        : await this.#database.statement(
            () => this.#queriesFor(columns).mergeAll.execute(values),
            viewer.account,
          );
    const byPlace = new Map(results.map((result) => [Number(result.place), result]));
    return merges.map((merge, index) =>
      outcomeOf(() => ({ call: this.#callOf(merge, byPlace.get(index + 1)) })),
    );
  }

  #callOf({ target, path, expectedRevision }: Merge, result: MergeResult | undefined): ShownCall {
    if (result === undefined) refuseUnknown('Call', target, 'id' in target ? 'id' : 'reference');
    const { outcome, ...call } = result;
    if (outcome === 'REVISION_CONFLICT') {
      const message = `The call is at revision ${call.revision}, not ${expectedRevision}`;
      refuse('REVISION_CONFLICT', message, [...path, 'expectedRevision'], { call });
    }
    if (outcome === 'LIMIT_EXCEEDED') refuseTooLarge(this.#limits.metadataMaxBytes, [...path, 'metadata']);
    return call;
  }
}

/** A merge as the functions of the database take it. */
function itemOf({ target, patch, expectedRevision }: Merge) {
  const { system = null, name = null, value = null } = 'id' in target ? {} : target.reference;
  const call = 'id' in target ? target.id : null;
  return { call, system, name, value, patch, expected: expectedRevision, change: newUuid() };
}
