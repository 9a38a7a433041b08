import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { fingerprint } from '../../errors/fingerprint.js';
import { other, readEvent, recordCallEvent } from '../../events/events.js';
import { codesOf, givenCall, readCall, readCalls } from '../../support/documents.js';
import { type Answer, type Client, openTestGateway, type TestGateway } from '../../support/gateway.js';
import { numbers } from '../../support/numbers.js';
import { LONG_RESPONSE } from '../../vendors/bird-documents.js';
import { fromBird } from '../../vendors/bird-mapping.js';
import { callOf, upsertCalls } from '../upserts.js';

type Data = Answer['data'];

let gateway: TestGateway;
let client: Client;

beforeAll(async () => {
  gateway = await openTestGateway();
});
beforeEach(async () => {
  client = await gateway.client({ name: 'poller' });
});
afterAll(() => gateway.close());

const UPSERT_CALLS =
  'mutation ($inputs: [UpsertCallInput!]!) { upsertCalls(inputs: $inputs) { created call { id } errors { code path } } }';
const all = (input: (index: number) => object, count: number) =>
  numbers(count).map((index) => ({ references: [other(String(index))], ...input(index) }));
const callsThat = async () => (await client.ask('{ calls { totalCount } }')).calls.totalCount;

describe('a batch of upserts', () => {
  it('of 500 returns a payload for each in order, created and then updated', async () => {
    const created = await upsertCalls(
      client,
      all((index) => ({ duration: index, metadata: { index } }), 500),
    );
    expect(
      created.map((each) => [each.created, each.call.duration, each.call.metadata, each.errors]),
    ).toEqual(numbers(500).map((index) => [true, index, { index }, []]));
    expect(new Set(created.map(({ call }) => call.id)).size).toBe(500);
    const turned = all((index) => ({ duration: 1000 - index }), 500).toReversed();
    const updated = await upsertCalls(client, turned);
    expect(
      updated.map((each) => [each.created, each.call.id, each.call.revision, each.call.duration]),
    ).toEqual(numbers(500).map((index) => [false, created[499 - index]?.call.id, 2, 501 + index]));
    expect(await callsThat()).toBe(500);
  });

  it('of no items returns no payloads and writes nothing', async () => {
    const before = await fingerprint(gateway.database);
    expect(await upsertCalls(client, [])).toEqual([]);
    expect(await fingerprint(gateway.database)).toEqual(before);
  });

  it('of 501 is BAD_USER_INPUT, and writes nothing', async () => {
    const before = await fingerprint(gateway.database);
    const answer = await client.send(UPSERT_CALLS, { inputs: all(() => ({}), 501) });
    expect(answer.data).toEqual({ upsertCalls: null });
    expect(answer.errors).toMatchObject([
      { extensions: { code: 'BAD_USER_INPUT' }, message: 'inputs may have at most 500 items, not 501.' },
    ]);
    expect(await fingerprint(gateway.database)).toEqual(before);
  });

  it.each([
    ['an enum', { status: 'NO_SUCH' }, 'status'],
    ['a time', { startedAt: 'yesterday' }, 'startedAt'],
    ['a number', { duration: 1.5 }, 'duration'],
    ['JSON', { metadata: [1] }, 'metadata'],
    ['an inexact integer', { metadata: { n: 2 ** 53 } }, 'metadata'],
    ['a field', { nothing: 1 }, 'nothing'],
    ['a locator', { parent: {} }, 'parent'],
    ['a decimal', { cost: { total: 'x' } }, 'cost.total'],
  ])('with %s that is refused by its type fails whole, and names the index', async (_, wrong, place) => {
    const before = await fingerprint(gateway.database);
    const inputs = all((index) => (index === 3 ? wrong : {}), 5);
    const { errors, data } = await client.send(UPSERT_CALLS, { inputs });
    expect(data?.upsertCalls ?? null).toBeNull();
    expect(errors).toHaveLength(1);
    expect(errors?.[0]?.extensions.code).toBe('BAD_USER_INPUT');
    expect(errors?.[0]?.message).toMatch(/inputs\[3\]|inputs\.3/);
    expect(errors?.[0]?.message).toContain(place.split('.').at(-1));
    expect(await fingerprint(gateway.database)).toEqual(before);
  });

  it('of 500 whole calls of Bird’s with 2 KiB of metadata each fits the default limit of a body', async () => {
    const inputs = numbers(500).map((index) => ({
      ...fromBird({ ...LONG_RESPONSE, id: `call-${index}`, parentId: `parent-${index}` }),
      metadata: { note: 'x'.repeat(2048 - '{"note":""}'.length) },
    }));
    expect(JSON.stringify(inputs[0]?.metadata)).toHaveLength(2048);
    const body = JSON.stringify({ query: UPSERT_CALLS, variables: { inputs } });
    const bytes = Buffer.byteLength(body);
    expect(bytes).toBeGreaterThan(500 * 3072);
    expect(bytes).toBeLessThan(4_194_304);
    const payloads = (await client.ask(UPSERT_CALLS, { inputs })).upsertCalls;
    expect(payloads.filter(({ created }: Data) => created)).toHaveLength(500);
    expect(await callsThat()).toBe(500);
  });

  it.each([
    [20, 2],
    [2, 4],
  ])(
    'of 500 with %i references each is taken, from %i clients at once',
    async (count, clients) => {
      const inputs = (batch: number) =>
        numbers(500).map((index) => ({
          references: numbers(count).map((place) => other(`${batch} ${index} ${place}`)),
          parent: { reference: other(`parent ${batch} ${index}`) },
        }));
      const answers = await Promise.all(
        numbers(clients).map((batch) =>
          client.ask(
            'mutation ($inputs: [UpsertCallInput!]!) { upsertCalls(inputs: $inputs) { created errors { code } } }',
            { inputs: inputs(batch) },
          ),
        ),
      );
      const payloads = answers.flatMap(({ upsertCalls: each }) => each);
      expect(payloads).toEqual(Array(500 * clients).fill({ created: true, errors: [] }));
      expect(await callsThat()).toBe(500 * clients);
    },
    180_000,
  );
});

describe('a broken item', () => {
  it('affects no other item, and nothing is written for it, not even a group that only it named', async () => {
    const foreign = await givenCall(await gateway.client());
    const one = await givenCall(client, { references: [other('one')] });
    await givenCall(client, { references: [other('two')] });
    await givenCall(client, { references: [other('child')], parent: { id: one.id } });
    const deep = JSON.parse(`${'{"a":'.repeat(32)}{}${'}'.repeat(32)}`);
    const broken: [object, string, string[]][] = [
      [{ parent: { id: foreign.id } }, 'NOT_FOUND', ['parent', 'id']],
      [{ parent: { id: 'call_x' } }, 'INVALID', ['parent', 'id']],
      [{ references: [other('one'), other('two')] }, 'REFERENCE_CONFLICT', ['references', '1']],
      [{ references: [other('one')], parent: { reference: other('child') } }, 'INVALID', ['parent']],
      [{ references: [] }, 'INVALID', ['references']],
      [{ metadata: { text: 'x'.repeat(262_144) } }, 'LIMIT_EXCEEDED', ['metadata']],
      [{ metadata: deep }, 'LIMIT_EXCEEDED', ['metadata']],
      [{ metadata: { text: 'a\0' } }, 'INVALID', ['metadata']],
      [{ metadata: { 'a\0': 1 } }, 'INVALID', ['metadata']],
      [{ metadata: { text: '\ud800' } }, 'INVALID', ['metadata']],
      [{ metadata: { 'a\0': 1 } }, 'INVALID', ['metadata']],
      [{ from: 'a\0' }, 'INVALID', ['from']],
      [{ status: null }, 'INVALID', ['status']],
      [{ direction: null }, 'INVALID', ['direction']],
      [{ metadata: null }, 'INVALID', ['metadata']],
      [{ groups: null }, 'INVALID', ['groups']],
      [{ callFlow: null }, 'INVALID', ['callFlow']],
      [{ duration: -1 }, 'INVALID', ['duration']],
      [
        { callFlow: [{ pause: { pauseSeconds: -1 } }] },
        'INVALID',
        ['callFlow', '0', 'pause', 'pauseSeconds'],
      ],
    ];
    const before = (await readCalls(client)).toSorted((a, b) => (a.id < b.id ? -1 : 1));
    const inputs = broken.flatMap(([input], index) => [
      { references: [other(`good ${index}`)], groups: [{ kind: 'good', key: 'g' }] },
      { references: [other(`bad ${index}`)], groups: [{ kind: 'bad', key: String(index) }], ...input },
    ]);
    const payloads = await upsertCalls(client, inputs);
    for (const [index, [, code, path]] of broken.entries()) {
      expect(payloads[2 * index]).toMatchObject({ created: true, errors: [] });
      const refused = payloads[2 * index + 1];
      expect(codesOf(refused)).toEqual([{ code, path: ['inputs', String(2 * index + 1), ...path] }]);
      expect(refused).toMatchObject({ created: false, call: null });
      expect(await callOf(client, `bad ${index}`)).toBeNull();
      const { callGroup } = await client.ask(
        'query ($group: CallGroupInput!) { callGroup(group: $group) { id } }',
        { group: { kind: 'bad', key: String(index) } },
      );
      expect(callGroup).toBeNull();
    }
    const after = (await readCalls(client)).toSorted((a, b) => (a.id < b.id ? -1 : 1));
    expect(after.slice(0, before.length)).toEqual(before);
    expect(after).toHaveLength(before.length + broken.length);
  });

  it('writes nothing if all are broken', async () => {
    const before = await fingerprint(gateway.database);
    const refused = await upsertCalls(
      client,
      all(
        (index) => ({
          parent: { id: 'call_01h2xcejqtf2nbrexx3vqjhp41' },
          groups: [{ kind: 'k', key: `${index}` }],
        }),
        3,
      ),
    );
    expect(refused.map((payload) => codesOf(payload))).toEqual(
      numbers(3).map((index) => [{ code: 'NOT_FOUND', path: ['inputs', String(index), 'parent', 'id'] }]),
    );
    expect(await fingerprint(gateway.database)).toEqual(before);
  });

  it('keeps a group that was there before', async () => {
    const group = { kind: 'case', key: 'waits' };
    const { event } = await recordCallEvent(client, { target: { group }, metadata: { a: 1 } });
    await upsertCalls(client, [
      { references: [other('x'), other('x')], groups: [group], parent: { reference: other('x') } },
    ]);
    expect(await readEvent(client, event.id)).toMatchObject({ match: 'PENDING', group });
  });
});

describe('several items of one call in one batch', () => {
  it('are applied in order: created, updated, and unchanged', async () => {
    const references = [other('a')];
    const payloads = await upsertCalls(client, [
      { references, status: 'RINGING', metadata: { a: 1 } },
      { references, vendorStatus: 'completed', metadata: { b: 1, a: null } },
      { references, vendorStatus: 'ringing' },
      { references, metadata: { b: 1 } },
      { references: [...references, other('b')], tags: ['t'] },
    ]);
    expect(payloads.map(({ created, call }) => [created, call.status, call.revision, call.metadata])).toEqual(
      [
        [true, 'RINGING', 1, { a: 1 }],
        [false, 'COMPLETED', 2, { b: 1 }],
        [false, 'COMPLETED', 2, { b: 1 }],
        [false, 'COMPLETED', 2, { b: 1 }],
        [false, 'COMPLETED', 3, { b: 1 }],
      ],
    );
    const { history } = await readCall(client, payloads[0].call.id);
    expect(history.nodes.toReversed()).toMatchObject([
      { kind: 'REGISTERED', revision: 1, patch: { a: 1 } },
      {
        kind: 'UPDATED',
        revision: 2,
        oldValues: { status: 'RINGING', metadata: { a: 1 } },
        newValues: { status: 'COMPLETED', vendorStatus: 'completed', metadata: { b: 1 } },
      },
      { kind: 'UPDATED', revision: null, patch: { b: 1 }, oldValues: {}, newValues: {} },
      {
        kind: 'UPDATED',
        revision: 3,
        oldValues: { references: [other('a')], tags: [] },
        newValues: { references: [other('a'), other('b')], tags: ['t'] },
      },
    ]);
  });

  it('change nothing if they set minus zero where zero is stored', async () => {
    const item = '{ references: [{ system: OTHER, name: "test", value: "zero" }], duration: -0 }';
    const { upsertCalls: payloads } = await client.ask(
      `mutation { upsertCalls(inputs: [${item}, ${item}]) { call { revision duration } } }`,
    );
    expect(payloads).toEqual(Array(2).fill({ call: { revision: 1, duration: 0 } }));
    const { upsertCall: again } = await client.ask(
      `mutation { upsertCall(input: ${item}) { call { revision } } }`,
    );
    expect(again.call.revision).toBe(1);
  });

  it('are refused if they combine references that earlier items gave to two calls', async () => {
    const payloads = await upsertCalls(client, [
      { references: [other('a')] },
      { references: [other('b')] },
      { references: [other('a'), other('c')] },
      { references: [other('c'), other('b')] },
    ]);
    expect(payloads.map((payload) => codesOf(payload))).toEqual([
      [],
      [],
      [],
      [{ code: 'REFERENCE_CONFLICT', path: ['inputs', '3', 'references', '1'] }],
    ]);
    expect(payloads[2].call.id).toBe(payloads[0].call.id);
  });

  it.each([
    ['before', 0],
    ['behind', 1],
  ])('link a child to the parent that comes %s it', async (_, place) => {
    const parent = { references: [other('p')] };
    const child = { references: [other('c')], parent: { reference: other('p') } };
    const payloads = await upsertCalls(client, place === 0 ? [parent, child] : [child, parent]);
    const [first, second] = place === 0 ? payloads : payloads.toReversed();
    expect(await readCall(client, second.call.id)).toMatchObject({
      parent: { id: first.call.id },
      revision: 1 + place,
      history: { totalCount: 1 + place },
    });
    expect((await readCall(client, first.call.id)).revision).toBe(1);
  });

  it('that would close a cycle by an awaited parent leave it unlinked, and one that names it is INVALID', async () => {
    const payloads = await upsertCalls(client, [
      { references: [other('a')], parent: { reference: other('b') } },
      { references: [other('b')], parent: { reference: other('c') } },
      { references: [other('c')], parent: { reference: other('a') }, groups: [{ kind: 'k', key: 'k' }] },
      { references: [other('b')], parent: { reference: other('c') } },
    ]);
    expect(payloads.map((payload) => codesOf(payload))).toEqual([
      [],
      [],
      [],
      [{ code: 'INVALID', path: ['inputs', '3', 'parent'] }],
    ]);
    const [a, b, c] = await Promise.all(['a', 'b', 'c'].map((name) => callOf(client, name)));
    expect([a.parent, b.parent, c.parent]).toEqual([{ id: b.id }, null, { id: a.id }]);
  });

  it('that would close a cycle through calls that no item names leave it unlinked', async () => {
    const top = await givenCall(client, { references: [other('top')] });
    const between = await givenCall(client, { parent: { id: top.id } });
    const below = await givenCall(client, { references: [other('below')], parent: { id: between.id } });
    const payloads = await upsertCalls(client, [
      { references: [other('top')], parent: { reference: other('fresh') } },
      { references: [other('below'), other('fresh')] },
    ]);
    expect(payloads.map((payload) => codesOf(payload))).toEqual([[], []]);
    expect((await readCall(client, top.id)).parent).toBeNull();
    expect((await callOf(client, 'fresh')).id).toBe(below.id);
  });
});

describe('a batch and events', () => {
  it('admits events that wait for its calls after all items, and shows them in the last item of each call', async () => {
    const group = { kind: 'case', key: 'g' };
    const record = (target: object, metadata: object) =>
      recordCallEvent(client, { target, metadata, eventTime: new Date(Date.now() - 60_000).toISOString() });
    const events = [
      await record({ sessionId: 's' }, { session: 1, a: 'event' }),
      await record({ group }, { group: 1 }),
    ];
    const reference = { system: 'CREOVAI', name: 'sessionId', value: 's' };
    const payloads = await upsertCalls(client, [
      { references: [other('1')], metadata: { a: 'upsert' } },
      { references: [other('2')], groups: [group] },
      { references: [other('1'), reference] },
      { references: [other('3')] },
    ]);
    expect(payloads.map(({ call }) => [call.metadata, call.revision])).toEqual([
      [{ a: 'upsert' }, 1],
      [{ group: 1 }, 1],
      [{ a: 'upsert', session: 1 }, 2],
      [{}, 1],
    ]);
    for (const { event } of events) {
      expect(await readEvent(client, event.id)).toMatchObject({ match: 'MATCHED', calls: { totalCount: 1 } });
    }
    const { history } = await readCall(client, payloads[0].call.id);
    expect(history.nodes.map(({ kind, revision }: Data) => [kind, revision])).toEqual([
      ['EVENT_APPLIED', 2],
      ['UPDATED', 2],
      ['REGISTERED', 1],
    ]);
  });
});
