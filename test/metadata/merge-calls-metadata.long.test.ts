import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { fingerprint } from '../errors/fingerprint.js';
import { by } from '../events/events.js';
import { codesOf, givenCall, mergeCallMetadata, readCall } from '../support/documents.js';
import { type Answer, type Client, openTestGateway, type TestGateway } from '../support/gateway.js';
import { numbers } from '../support/numbers.js';
import { metadataObject } from './arbitraries.js';
import { mergeCallsMetadata } from './merges.js';
import { canonical } from './reference.js';

type Data = Answer['data'];

let gateway: TestGateway;
let client: Client;

beforeAll(async () => {
  gateway = await openTestGateway();
});
beforeEach(async () => {
  client = await gateway.client({ name: 'burki' });
});
afterAll(() => gateway.close());

const other = (value: string) => ({ system: 'OTHER', name: 'test', value });
const DOCUMENT =
  'mutation ($items: [MergeCallMetadataItem!]!) { mergeCallsMetadata(items: $items) { call { id } errors { code } } }';

/** Calls with the references 0, 1, 2, … */
async function givenCalls(count: number): Promise<string[]> {
  const { upsertCalls } = await client.ask(
    'mutation ($inputs: [UpsertCallInput!]!) { upsertCalls(inputs: $inputs) { call { id } } }',
    { inputs: numbers(count).map((index) => ({ references: [other(String(index))] })) },
  );
  return upsertCalls.map(({ call }: Data) => call.id);
}

describe('a batch of merges', () => {
  it('of 500 returns a payload for each in order, by id and by reference, in one statement', async () => {
    const ids = await givenCalls(500);
    const items = ids
      .map((id, index) => ({
        call: index % 2 ? { id } : by(other(String(index))),
        metadata: { index },
        expectedRevision: index % 3 ? null : 1,
      }))
      .toReversed();
    gateway.takeStatements();
    await client.ask(DOCUMENT, { items });
    const statements = gateway.takeStatements().filter((statement) => !statement.includes('api_keys'));
    expect(statements).toHaveLength(1);
    expect(statements[0]).toContain('merge_calls_metadata');
    const again = items.map(({ call, metadata }) => ({ call, metadata: { ...metadata, more: 1 } }));
    expect(await mergeCallsMetadata(client, again)).toMatchObject(
      ids
        .map((id, index) => ({ call: { id, revision: 3, metadata: { index, more: 1 } }, errors: [] }))
        .toReversed(),
    );
  });

  it('applies a second item of one call to the result of the first', async () => {
    const { id } = await givenCall(client, { references: [other('a')], metadata: { n: 0, gone: 1 } });
    const payloads = await mergeCallsMetadata(client, [
      { call: { id }, metadata: { n: 1, gone: null }, expectedRevision: 1 },
      { call: by(other('a')), metadata: { n: 2, nested: { a: 1 } }, expectedRevision: 2 },
      { call: { id }, metadata: { n: 9 }, expectedRevision: 2 },
      { call: { id }, metadata: { n: 2 }, expectedRevision: 3 },
      { call: { id }, metadata: { nested: { b: 1 } }, expectedRevision: 3 },
    ]);
    expect(payloads.map(({ call }) => [call.revision, call.metadata])).toEqual([
      [2, { n: 1 }],
      [3, { n: 2, nested: { a: 1 } }],
      [3, { n: 2, nested: { a: 1 } }],
      [3, { n: 2, nested: { a: 1 } }],
      [4, { n: 2, nested: { a: 1, b: 1 } }],
    ]);
    expect(payloads.map((payload) => codesOf(payload))).toEqual([
      [],
      [],
      [{ code: 'REVISION_CONFLICT', path: ['items', '2', 'expectedRevision'] }],
      [],
      [],
    ]);
    const { history } = await readCall(client, id);
    expect(history.nodes.map(({ revision, actor }: Data) => [revision, actor]).toReversed()).toEqual([
      [1, 'burki'],
      [2, 'burki'],
      [3, 'burki'],
      [null, 'burki'],
      [4, 'burki'],
    ]);
    const orders = history.nodes.map(({ patchOrder }: Data) => patchOrder).toReversed();
    expect(orders).toEqual(orders.toSorted());
  });

  it('refuses each broken item at its position, and writes nothing of it', async () => {
    const foreign = await givenCall(await gateway.client(), { references: [other('foreign')] });
    const { id } = await givenCall(client, { metadata: { kept: 'x'.repeat(200_000) } });
    const good = await givenCall(client);
    const deep = JSON.parse(`${'{"a":'.repeat(32)}{}${'}'.repeat(32)}`);
    const broken: [object, unknown, number | null, string, string[]][] = [
      [{ id: foreign.id }, { a: 1 }, null, 'NOT_FOUND', ['call', 'id']],
      [by(other('foreign')), { a: 1 }, null, 'NOT_FOUND', ['call', 'reference']],
      [{ id: 'call_x' }, { a: 1 }, null, 'INVALID', ['call', 'id']],
      [by({ system: 'BURKI', name: 'typo', value: '1' }), {}, null, 'INVALID', ['call', 'reference', 'name']],
      [{ id }, { text: 'y'.repeat(70_000) }, null, 'LIMIT_EXCEEDED', ['metadata']],
      [{ id }, deep, null, 'LIMIT_EXCEEDED', ['metadata']],
      [{ id }, { 'a\0': 1 }, null, 'INVALID', ['metadata']],
      [{ id }, { a: '\0' }, null, 'INVALID', ['metadata']],
      [{ id }, { a: ['\udc00'] }, null, 'INVALID', ['metadata']],
      [{ id }, { a: 1 }, -1, 'INVALID', ['expectedRevision']],
      [{ id }, { a: 1 }, 7, 'REVISION_CONFLICT', ['expectedRevision']],
    ];
    const before = await readCall(client, id);
    const payloads = await mergeCallsMetadata(
      client,
      broken.flatMap(([call, metadata, expectedRevision], index) => [
        { call, metadata, expectedRevision },
        { call: { id: good.id }, metadata: { [`good ${index}`]: 1 } },
      ]),
    );
    for (const [index, [, , , code, path]] of broken.entries()) {
      const refused = payloads[2 * index];
      expect(codesOf(refused)).toEqual([{ code, path: ['items', String(2 * index), ...path] }]);
      expect(refused.call?.id).toBe(code === 'REVISION_CONFLICT' ? id : undefined);
      expect(payloads[2 * index + 1]).toMatchObject({ call: { revision: index + 2 }, errors: [] });
    }
    expect(await readCall(client, id)).toEqual(before);
    expect(Object.keys((await readCall(client, good.id)).metadata)).toHaveLength(broken.length);
  });

  it('writes nothing when every item is refused, when there is none, and when there are 501', async () => {
    const { id } = await givenCall(client);
    const before = await fingerprint(gateway.database);
    const item = { call: { id }, metadata: { a: 1 }, expectedRevision: 9 };
    const [refused] = await mergeCallsMetadata(client, [item, { ...item, call: { id: '' } }]);
    expect(refused.call).toMatchObject({ id, revision: 1 });
    expect(await mergeCallsMetadata(client, [])).toEqual([]);
    const answer = await client.send(DOCUMENT, { items: Array(501).fill(item) });
    expect(answer.errors).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT' } }]);
    const wrong = await client.send(DOCUMENT, { items: [item, { ...item, metadata: 'text' }] });
    expect(wrong.errors).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT' } }]);
    expect(wrong.errors?.[0]?.message).toMatch(/items\[1\]|items\.1/);
    expect(await fingerprint(gateway.database)).toEqual(before);
  });

  it('is FORBIDDEN, and writes nothing, without the scope METADATA_WRITE', async () => {
    const organization = 'org-merge-scopes';
    const { id } = await givenCall(await gateway.client({ organization }));
    const writer = await gateway.client({ organization, scopes: ['CALLS_WRITE', 'EVENTS_WRITE'] });
    const before = await fingerprint(gateway.database);
    const answer = await writer.send(DOCUMENT, { items: [{ call: { id }, metadata: { a: 1 } }] });
    expect(answer.errors).toMatchObject([{ extensions: { code: 'FORBIDDEN' } }]);
    expect(await fingerprint(gateway.database)).toEqual(before);
  });
});

describe('concurrent batches of merges', () => {
  it('in opposite orders lose nothing and do not deadlock', async () => {
    const ids = await givenCalls(60);
    const rounds = numbers(8);
    const payloads = await Promise.all(
      rounds.map((round) => {
        const order = round % 2 ? ids : ids.toReversed();
        const items = order.map((id) => ({ call: { id }, metadata: { [`k${round}`]: round } }));
        return mergeCallsMetadata(client, items);
      }),
    );
    expect(payloads.flat().flatMap(({ errors }) => errors)).toEqual([]);
    for (const id of [ids[0], ids[31], ids[59]]) {
      const call = await readCall(client, String(id));
      expect(Object.keys(call.metadata)).toHaveLength(rounds.length);
      expect(call).toMatchObject({
        revision: rounds.length + 1,
        history: { totalCount: rounds.length + 1 },
      });
    }
    const deadlocks = await gateway.database.db.execute<{ deadlocks: number }>(
      'select deadlocks::integer from pg_stat_database where datname = current_database()',
    );
    expect(deadlocks[0]?.deadlocks).toBe(0);
  });
});

describe('any batch of merges', () => {
  it('has the same result as the same merges one by one', async () => {
    const merge = fc.record({
      place: fc.integer({ min: 0, max: 2 }),
      metadata: metadataObject,
      expectedRevision: fc.oneof(fc.constant(null), fc.integer({ min: 1, max: 4 })),
    });
    const shown = ({ call, errors }: Data) => ({
      revision: call?.revision,
      metadata: call && canonical(call.metadata),
      codes: errors.map(({ code }: Data) => code),
    });
    const historyOf = async (id: string) =>
      (await readCall(client, id)).history.nodes
        .slice(0, -1)
        .map((change: Data) =>
          ['kind', 'revision', 'patch', 'oldValues', 'newValues'].map((field) => canonical(change[field])),
        );
    await fc.assert(
      fc.asyncProperty(fc.array(merge, { minLength: 1, maxLength: 8 }), async (merges) => {
        const made = async () =>
          (await Promise.all(numbers(3).map(() => givenCall(client)))).map(({ id }) => id);
        const [together, apart] = [await made(), await made()];
        const itemsOf = (ids: string[]) =>
          merges.map(({ place, ...item }) => ({ call: { id: String(ids[place]) }, ...item }));
        const batch = await mergeCallsMetadata(client, itemsOf(together));
        const singles = [];
        for (const item of itemsOf(apart)) singles.push(await mergeCallMetadata(client, item));
        expect(batch.map(shown)).toEqual(singles.map(shown));
        expect(await Promise.all(together.map(historyOf))).toEqual(await Promise.all(apart.map(historyOf)));
      }),
      { numRuns: 10 },
    );
  });
});
