import type { CallTarget } from '../calls/reference/call-target.values.js';
import type { Database } from '../db/database.js';
import { onceFor } from '../db/loading/once-for.js';
import { ALL_COLUMNS, type CallColumns, type ShownCall } from '../db/tables/call-columns.js';
import { newUuid } from '../foundation/new-id.js';
import { type Refusal, refuse, refuseUnknown, valueOrRefusal } from '../foundation/refusal.js';
import { actorOf } from '../identity/actor.js';
import type { Viewer } from '../identity/viewer.js';
import { type MergeResult, metadataQueries } from './metadata.queries.js';
import { type MetadataLimits, refuseTooLarge } from './metadata.store.js';

export interface Merge {
  target: CallTarget;
  patch: Record<string, unknown>;
  expectedRevision: number | null;
  path: string[];
}

export class MetadataService {
  readonly #database: Database;
  readonly #queriesFor: (columns: CallColumns) => ReturnType<typeof metadataQueries>;
  readonly #limits: MetadataLimits;

  constructor(database: Database, limits: MetadataLimits) {
    this.#database = database;
    this.#queriesFor = onceFor((columns: CallColumns) => metadataQueries(database.db, columns));
    this.#limits = limits;
  }

  /** @throws Refusal NOT_FOUND, REVISION_CONFLICT (with the current call), LIMIT_EXCEEDED */
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
    // A response that is too large must be refused before the commit.
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
    const byPosition = new Map(results.map((result) => [Number(result.position), result]));
    return merges.map((merge, index) =>
      valueOrRefusal(() => ({ call: this.#callOf(merge, byPosition.get(index + 1)) })),
    );
  }

  #callOf({ target, path, expectedRevision }: Merge, result: MergeResult | undefined): ShownCall {
    if (result === undefined) refuseUnknown('Call', target, 'id' in target ? 'id' : 'reference');
    const { outcome, bytes, ...call } = result;
    if (outcome === 'REVISION_CONFLICT') {
      const message = `The call is at revision ${call.revision}, not ${expectedRevision}`;
      const details = { present: call.revision, expected: expectedRevision ?? 0 };
      refuse('REVISION_CONFLICT', message, [...path, 'expectedRevision'], { call }, details);
    }
    if (outcome === 'LIMIT_EXCEEDED') {
      refuseTooLarge(this.#limits.metadataMaxBytes, bytes ?? 0, [...path, 'metadata']);
    }
    return call;
  }
}

function itemOf({ target, patch, expectedRevision }: Merge) {
  const { system = null, name = null, value = null } = 'id' in target ? {} : target.reference;
  const call = 'id' in target ? target.id : null;
  return { call, system, name, value, patch, expected: expectedRevision, change: newUuid() };
}
