import { sql } from 'drizzle-orm';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  codesOf,
  givenCall,
  mergeCallMetadata,
  readCall,
  readHistory,
  upsertCall,
} from '../support/documents.js';
import { type Answer, type Client, openTestGateway, type TestGateway } from '../support/gateway.js';
import { metadataObject } from './arbitraries.js';
import { foldOf } from './fold.js';
import { canonical, mergePatch } from './reference.js';

let gateway: TestGateway;
let client: Client;
beforeAll(async () => {
  gateway = await openTestGateway();
  client = await gateway.client();
});
afterAll(() => gateway.close());

type Change = Answer['data'];

const merge = (id: string, metadata: object, expectedRevision?: number) =>
  mergeCallMetadata(client, { call: { id }, metadata, expectedRevision });

describe('concurrent merges', () => {
  it('lose nothing, and number the revisions without gaps, when 64 set different keys', async () => {
    const { id } = await givenCall(client, { metadata: { kept: true } });
    const patches = Array.from({ length: 64 }, (_, index) => ({ [`key ${index}`]: index }));

    const payloads = await Promise.all(patches.map((patch) => merge(id, patch)));

    expect(payloads.flatMap(({ errors }) => errors)).toEqual([]);
    const call = await readCall(client, id);
    expect(call.metadata).toEqual(Object.assign({ kept: true }, ...patches));
    expect(call.revision).toBe(65);
    const revisions = Array.from({ length: 65 }, (_, index) => index + 1);
    expect(payloads.map((payload) => payload.call.revision).toSorted((a, b) => a - b)).toEqual(
      revisions.slice(1),
    );
    expect(call.history.nodes.map(({ revision }: Change) => revision)).toEqual(revisions.toReversed());
  });

  it('result in the fold of the history when 32 set and remove the same keys', async () => {
    const { id } = await givenCall(client, { metadata: { a: { first: true } } });
    const patches = Array.from(
      { length: 32 },
      (_, index) => [{ a: { b: index } }, { a: null }, { a: index }][index % 3],
    );

    await Promise.all(patches.map((patch) => merge(id, patch ?? {})));

    const history = await readHistory(client, id);
    expect(history).toHaveLength(33);
    expect((await readCall(client, id)).metadata).toEqual(foldOf(history));
  });

  it('succeed once if sixteen are based on the same revision', async () => {
    const { id } = await givenCall(client);

    const payloads = await Promise.all(
      Array.from({ length: 16 }, (_, index) => merge(id, { winner: index }, 1)),
    );

    const [winner, ...others] = payloads.filter(({ errors }) => errors.length === 0);
    expect(others).toEqual([]);
    const refused = payloads.filter(({ errors }) => errors.length > 0);
    for (const payload of refused) {
      expect(codesOf(payload)).toEqual([{ code: 'REVISION_CONFLICT', path: ['expectedRevision'] }]);
      expect(payload.call).toEqual(winner.call);
    }
    const after = await readCall(client, id);
    expect(after).toMatchObject({ revision: 2, metadata: winner.call.metadata, history: { totalCount: 2 } });
  });
});

describe('expectedRevision', () => {
  it('is REVISION_CONFLICT with the present call, and writes nothing, when it is old or to come', async () => {
    const { id } = await givenCall(client);
    const { call: present } = await merge(id, { a: 1 }, 1);
    const before = await readCall(client, id);
    for (const revision of [0, 1, 3]) {
      const payload = await merge(id, { b: 1 }, revision);
      expect(codesOf(payload)).toEqual([{ code: 'REVISION_CONFLICT', path: ['expectedRevision'] }]);
      expect(payload.call).toEqual(present);
    }
    expect(await readCall(client, id)).toEqual(before);
  });

  it('is INVALID, and writes nothing, when it is negative', async () => {
    const { id } = await givenCall(client);
    const payload = await merge(id, { a: 1 }, -1);
    expect(payload.call).toBeNull();
    expect(codesOf(payload)).toEqual([{ code: 'INVALID', path: ['expectedRevision'] }]);
    expect(await readCall(client, id)).toMatchObject({ revision: 1, metadata: {} });
  });
});

describe('a patch that changes nothing', () => {
  it.each([
    {},
    { a: { b: 1 } },
    { a: {} },
    { gone: null },
    { a: { gone: null } },
    { list: [1, { x: null }] },
  ])('raises no revision, yet stands in the history without one: %j', async (patch) => {
    const { id } = await givenCall(client, { metadata: { a: { b: 1 }, list: [1, { x: null }] } });
    const before = await readCall(client, id);

    const { call, errors } = await merge(id, patch);

    expect(errors).toEqual([]);
    expect(call).toMatchObject({ revision: 1, metadata: before.metadata, updatedAt: before.updatedAt });
    const after = await readCall(client, id);
    expect(after).toEqual({ ...before, history: after.history });
    const [noop, ...others] = after.history.nodes;
    expect(others).toEqual(before.history.nodes);
    expect(noop).toMatchObject({
      kind: 'METADATA_MERGED',
      revision: null,
      patch,
      oldValues: {},
      newValues: {},
    });
    expect(noop.patchOrder > others[0].patchOrder).toBe(true);
  });

  it('leaves no gap: the next that changes something has the next revision', async () => {
    const { id } = await givenCall(client);
    for (const patch of [{ a: 1 }, { a: 1 }, { a: 2 }]) await merge(id, patch);
    const history = await readHistory(client, id);
    expect(history.map(({ revision }) => revision)).toEqual([1, 2, null, 3]);
  });
});

describe('the history of a patch', () => {
  it('shows the changed metadata, before and after', async () => {
    const { id } = await givenCall(client, { metadata: { a: { b: 1, c: 2 }, gone: [], same: 0 } });
    const patch = { a: { b: null, d: 3 }, gone: null, fresh: 'x', same: 0 };
    await merge(id, patch);
    expect((await readHistory(client, id)).at(-1)).toMatchObject({
      kind: 'METADATA_MERGED',
      revision: 2,
      actor: 'test key',
      patch,
      oldValues: { metadata: { a: { b: 1, c: 2 }, gone: [] } },
      newValues: { metadata: { a: { c: 2, d: 3 }, fresh: 'x' } },
    });
  });

  it('sorts by patchOrder as the patches take effect, whatever wrote them', async () => {
    const reference = { system: 'BIRD', name: 'id', value: 'order' };
    const { id } = await givenCall(client, { references: [reference], metadata: { n: 0 } });
    await merge(id, { n: 1 });
    await upsertCall(client, { references: [reference], metadata: { n: 2, upserted: true } });
    await merge(id, { n: 3 });
    await upsertCall(client, { references: [reference], metadata: { n: 3 } });
    await upsertCall(client, { references: [reference], duration: 5 });

    const history = await readHistory(client, id);

    expect(history.map(({ kind, revision }) => [kind, revision])).toEqual([
      ['REGISTERED', 1],
      ['METADATA_MERGED', 2],
      ['UPDATED', 3],
      ['METADATA_MERGED', 4],
      ['UPDATED', null],
      ['UPDATED', 5],
    ]);
    const orders = history.map(({ patchOrder }) => patchOrder);
    expect(orders.pop()).toBeNull();
    expect(orders.toSorted()).toEqual(orders);
    expect(new Set(orders).size).toBe(5);
    expect(foldOf(history)).toEqual({ n: 3, upserted: true });
    expect((await readCall(client, id)).metadata).toEqual({ n: 3, upserted: true });
  });

  it('takes effect when it was recorded, and never before an earlier patch', async () => {
    const { id } = await givenCall(client, { metadata: { n: 0 } });
    await Promise.all(Array.from({ length: 16 }, (_, index) => merge(id, { n: index })));
    const history = await readHistory(client, id);
    const inOrder = history.toSorted((a, b) => (a.patchOrder < b.patchOrder ? -1 : 1));
    let newest = '';
    for (const { effectiveAt, recordedAt } of inOrder) {
      expect(effectiveAt).toBe(recordedAt > newest ? recordedAt : newest);
      newest = effectiveAt;
    }
    expect(inOrder.map(({ id: change }) => change)).toEqual(history.map(({ id: change }) => change));
  });

  it('takes effect with the newest patch if that is ahead of the clock, and is visible', async () => {
    const { id, metadata } = await givenCall(client, { metadata: { n: 0 } });
    const ahead = new Date(Date.now() + 240_000).toISOString();
    await gateway.database.db.execute(
      sql`update calls set metadata_at = ${ahead} where metadata_arrival = (select max(metadata_arrival) from calls)`,
    );
    expect(metadata).toEqual({ n: 0 });

    const { call } = await merge(id, { n: 1 });
    await merge(id, { n: 2 });

    expect(call.metadata).toEqual({ n: 1 });
    const patches = (await readHistory(client, id)).slice(1);
    expect(patches.map(({ effectiveAt }) => effectiveAt)).toEqual([ahead, ahead]);
    expect(patches.every(({ recordedAt }) => recordedAt < ahead)).toBe(true);
    expect(patches[0].patchOrder < patches[1].patchOrder).toBe(true);
  });
});

describe('any sequence of merges', () => {
  it('results in the fold by RFC 7396, step by step, whatever its keys', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(metadataObject, { minLength: 1, maxLength: 6 }),
        async ([first, ...patches]) => {
          const { id, metadata } = await givenCall(client, { metadata: first });
          let expected = mergePatch({}, first ?? {});
          let revision = 1;
          expect(canonical(metadata)).toBe(canonical(expected));
          for (const patch of patches) {
            const { call } = await merge(id, patch);
            const next = mergePatch(expected, patch);
            if (canonical(next) !== canonical(expected)) revision += 1;
            expected = next;
            expect(canonical(call.metadata)).toBe(canonical(expected));
            expect(call.revision).toBe(revision);
          }
          const history = await readHistory(client, id);
          expect(history).toHaveLength(patches.length + 1);
          expect(canonical(foldOf(history))).toBe(canonical(expected));
        },
      ),
      { numRuns: 20 },
    );
  });

  it('keeps and removes __proto__ and constructor like any other key', async () => {
    const { id } = await givenCall(client, {
      metadata: JSON.parse('{"__proto__": {"a": 1}, "constructor": 1}'),
    });
    const patch = JSON.parse('{"__proto__": {"b": {"__proto__": 2}}, "constructor": null}');
    const { call } = await merge(id, patch);
    expect(canonical(call.metadata)).toBe('{"__proto__":{"a":1,"b":{"__proto__":2}}}');
    const removed = await merge(id, JSON.parse('{"__proto__": null}'));
    expect(canonical(removed.call.metadata)).toBe('{}');
  });
});
