import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { givenCall } from '../support/documents.js';
import { givenJoined } from '../support/events.js';
import { type Client, openTestGateway, type TestGateway } from '../support/gateway.js';
import { call, filterMembers, LONG, STAFF, SYSTEMS } from './call-arbitraries.js';
import { type Filter, finds, inOrder, type Order, SEEN, type SeenCall } from './reference-filter.js';

const CALLS = 70;

let gateway: TestGateway;
let client: Client;
let all: SeenCall[];

beforeAll(async () => {
  // Generated filters may have more than a thousand nodes; graphql/limits tests that limit.
  gateway = await openTestGateway({ graphqlMaxFilterNodes: 100_000 });
  client = await gateway.client();
  const other = await gateway.client();
  // The same calls in each run, so a failing run only needs to print the filter.
  const inputs = fc.sample(call, { seed: 7, numRuns: CALLS });
  for (const [number, input] of inputs.entries()) {
    const systems = SYSTEMS.slice(0, 4).filter((_, index) => (number >> index) % 2 === 1);
    const names = { BURKI: 'id', CREOVAI: 'sessionId', VCITA: 'uid', BIRD: 'id' } as Record<string, string>;
    const references = [
      ...systems.map((system) => ({ system, name: names[system], value: String(number) })),
      ...(number % 3 === 0 || systems.length === 0
        ? [{ system: 'OTHER', name: 'n', value: String(number) }]
        : []),
    ];
    const { id } = await givenCall(client, { references, ...input });
    if (number % 4 === 0) await giveVoiceCall(id, number);
    if (number % 5 === 0) await givenCall(other, { references, ...input });
    const { recordings: _once, transcripts: _too, ...again } = input;
    if (number % 10 === 0) await givenJoined(gateway.database, (await givenCall(client, again)).id, id);
    if (number % 6 === 0) {
      await client.ask(
        'mutation ($id: ID!) { mergeCallMetadata(call: { id: $id }, metadata: { merged: true }) { errors { message } } }',
        { id },
      );
    }
  }
  all = (await client.ask(`{ calls(first: 200) { nodes { ${SEEN} } } }`)).calls.nodes;
  expect(all).toHaveLength(CALLS);
});
afterAll(() => gateway.close());

async function giveVoiceCall(id: string, number: number): Promise<void> {
  await client.ask(
    `mutation ($id: ID!, $uid: String!, $staff: String!, $handledBy: String, $summary: String) {
      createVoiceCall(call: { id: $id }, input: {
        staffUid: $staff, clientUid: "client-1", fromNumber: "+14155550148", toNumber: "+14155550901", direction: INBOUND
        status: MISSED, rate: "0", provider: VONAGE, sourceId: $uid, externalUuid: $uid, callSummary: $summary
        handledByStaffUid: $handledBy
      }) { errors { message } }
    }`,
    {
      id,
      uid: `voice ${number}`,
      staff: STAFF[(number / 4) % STAFF.length],
      handledBy: number % 8 === 0 ? STAFF[(number / 8) % STAFF.length] : null,
      summary: number % 12 === 0 ? `Asked ${number} times about the "INVOICE"` : null,
    },
  );
}

const FIND = `query ($filter: CallFilter, $orderBy: CallOrder) {
  calls(filter: $filter, orderBy: $orderBy, first: 200) { nodes { id } totalCount }
}`;

async function found(filter: unknown, orderBy?: Order): Promise<string[]> {
  const { calls } = await client.ask(FIND, { filter, orderBy });
  const ids = calls.nodes.map(({ id }: { id: string }) => id);
  expect(calls.totalCount).toBe(ids.length);
  return ids;
}

function expected(filter: Filter, order: Order = { field: 'CREATED_AT', direction: 'DESC' }): string[] {
  return all
    .filter((each) => finds(filter, each))
    .toSorted(inOrder(order))
    .map(({ id }) => id);
}

const seenTime = (field: 'createdAt' | 'updatedAt') =>
  fc.tuple(fc.nat(CALLS - 1), fc.integer({ min: -1, max: 1 })).map(([index, shift]) => {
    const time = all[index]?.[field] ?? '2024-01-15T10:00:00Z';
    return new Date(Date.parse(time) + shift).toISOString();
  });
const MEMBERS = filterMembers({ createdAt: seenTime('createdAt'), updatedAt: seenTime('updatedAt') });
const order = fc.record<Order>({
  field: fc.constantFrom('CREATED_AT', 'STARTED_AT', 'UPDATED_AT', 'DURATION', 'OCCURRED_AT'),
  direction: fc.constantFrom('ASC', 'DESC'),
});

describe('a filter by', () => {
  it.each(Object.entries(MEMBERS))('%s alone finds what the schema says', async (member, values) => {
    await fc.assert(
      fc.asyncProperty(values as fc.Arbitrary<unknown>, async (value) => {
        const filter = { [member]: value } as Filter;
        expect(await found(filter)).toEqual(expected(filter));
      }),
      { numRuns: ['search', 'and', 'or', 'not'].includes(member) ? 60 : 14 },
    );
  });

  it('several members, in any combination and order, finds what the schema says', async () => {
    const filters = fc.record(
      Object.fromEntries(
        Object.entries(MEMBERS).map(([name, value]) => [
          name,
          fc.option(value as fc.Arbitrary<unknown>, { freq: 3 }),
        ]),
      ),
      { requiredKeys: [] },
    ) as fc.Arbitrary<Filter>;
    // Few members per filter: with all of them hardly any call matches.
    const few = fc
      .tuple(filters, fc.subarray(Object.keys(MEMBERS), { maxLength: 3 }))
      .map(
        ([filter, names]) =>
          Object.fromEntries(Object.entries(filter).filter(([name]) => names.includes(name))) as Filter,
      );
    let hits = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(few, few, filters),
        fc.option(order, { nil: undefined }),
        async (filter, orderBy) => {
          const ids = await found(filter, orderBy);
          expect(ids).toEqual(expected(filter, orderBy));
          if (ids.length > 0 && ids.length < CALLS) hits += 1;
        },
      ),
      { numRuns: 160 },
    );
    expect(hits).toBeGreaterThan(16);
  });
});

const CASES: [what: string, filter: Filter, finds: (call: SeenCall) => boolean][] = [
  [
    'any spelling of a number is the same number',
    { from: '0014155550148' },
    ({ from }) => from?.endsWith('0148') ?? false,
  ],
  [
    'a text of which the index holds the beginning only',
    { channelId: `${LONG}1` },
    ({ channelId }) => channelId === `${LONG}1`,
  ],
  [
    'a key of which the index holds the beginning only',
    { metadata: { hasKeys: [`${LONG}y`] } },
    ({ metadata }) => Object.hasOwn(metadata, `${LONG}y`),
  ],
  [
    'the same value twice finds each call once',
    { status: ['RINGING', 'RINGING', 'COMPLETED'] },
    ({ status }) => status === 'RINGING' || status === 'COMPLETED',
  ],
  [
    'one of its systems',
    { system: ['BIRD'] },
    ({ references }) => references.some(({ system }) => system === 'BIRD'),
  ],
  ['the empty object is in each', { metadata: { contains: {} } }, () => true],
  [
    'one of several objects, the empty one among them',
    { metadata: { anyOf: [{ a: 'nowhere' }, {}] } },
    () => true,
  ],
];

describe('what is found by', () => {
  it.each(CASES)('%s', async (_, filter, isFound) => {
    const ids = all.filter(isFound).map(({ id }) => id);
    expect(ids.length).toBeGreaterThan(0);
    expect(await found(filter)).toEqual(ids);
  });

  it.each([
    { status: [] },
    { direction: [] },
    { system: [] },
    { tags: { anyOf: [] } },
    { metadata: { anyOf: [] } },
    { metadata: { anyOf: [], contains: {} } },
    { group: { kind: 'case', key: 'unknown' } },
    { staffUid: [] },
    { clientUid: [] },
    { deliveryState: [] },
    { deliveryState: ['DEAD'] },
    { and: [] },
    { or: [] },
    { not: {} },
    { and: [{}, { or: [{ status: [] }, { not: {} }] }] },
    { createdAt: { to: '1970-01-01T00:00:00Z' } },
    { createdAt: { from: '9999-12-31T23:59:59.999Z' } },
    { createdAt: { from: '2024-01-02T00:00:00Z', to: '2024-01-01T00:00:00Z' } },
    { duration: { min: 2, max: 1 } },
  ])('%j is nothing', async (filter) => {
    expect(await found(filter)).toEqual([]);
  });

  it.each([
    null,
    {},
    { status: null, direction: null, system: null, from: null, to: null, customerNumber: null },
    { assistantId: null, channelId: null, group: null, tags: null, metadata: null, hasVoiceCall: null },
    { tags: { anyOf: null, allOf: null }, metadata: { contains: null, anyOf: null, hasKeys: null } },
    { tags: {}, metadata: {}, createdAt: {}, updatedAt: {}, startedAt: {}, endedAt: {}, duration: {} },
    { tags: { allOf: [] }, metadata: { hasKeys: [] } },
    {
      search: null,
      staffUid: null,
      clientUid: null,
      hasRecording: null,
      deliveryState: null,
      occurredAt: null,
    },
    { and: null, or: null, not: null, occurredAt: {} },
    { and: [{}], or: [{ status: [] }, {}], not: { or: [] } },
    { not: { not: { not: { status: [] } } } },
    { createdAt: { from: null, to: null }, duration: { min: null, max: null } },
    { createdAt: { from: '0001-01-01T00:00:00Z', to: '9999-12-31T23:59:59.999Z' } },
  ])('%j is everything', async (filter) => {
    expect(await found(filter)).toEqual(all.map(({ id }) => id));
  });
});

describe('a filter is refused', () => {
  const times = <T>(count: number, item: T): T[] => new Array(count).fill(item);
  const deep = Array.from({ length: 40 }).reduce<object>((inner) => ({ a: inner }), {});

  it.each<[string, unknown]>([
    ['filter.status', { status: times(101, 'RINGING') }],
    ['filter.direction', { direction: times(101, 'INBOUND') }],
    ['filter.system', { system: times(101, 'BIRD') }],
    ['filter.tags.anyOf', { tags: { anyOf: times(101, 'a') } }],
    ['filter.tags.allOf', { tags: { allOf: times(101, 'a') } }],
    ['filter.tags.anyOf.1', { tags: { anyOf: ['a', '\0'] } }],
    ['filter.metadata.anyOf', { metadata: { anyOf: times(101, {}) } }],
    ['filter.metadata.hasKeys', { metadata: { hasKeys: times(101, 'a') } }],
    ['filter.metadata.hasKeys.0', { metadata: { hasKeys: [''] } }],
    ['filter.metadata.hasKeys.1', { metadata: { hasKeys: ['a', '\0'] } }],
    ['filter.metadata.contains', { metadata: { contains: { 'a\0': 1 } } }],
    ['filter.metadata.contains', { metadata: { contains: { a: ['\0'] } } }],
    ['filter.metadata.contains', { metadata: { contains: { a: '\ud800' } } }],
    ['filter.metadata.contains', { metadata: { contains: deep } }],
    ['filter.metadata.contains', { metadata: { contains: { a: 'x'.repeat(262_144) } } }],
    ['filter.metadata.anyOf.1', { metadata: { anyOf: [{}, { a: { '\0': 1 } }] } }],
    ['filter.group.kind', { group: { kind: '', key: 'a' } }],
    ['filter.group.key', { group: { kind: 'a', key: 'x'.repeat(501) } }],
    ['filter.from', { from: 'x'.repeat(4097) }],
    ['filter.channelId', { channelId: '\0' }],
    ['filter.duration.min', { duration: { min: -1 } }],
    ['filter.search', { search: 'ab' }],
    ['filter.search', { search: '\u{1f4de}\u{1f4de}' }],
    ['filter.search', { search: 'x'.repeat(501) }],
    ['filter.search', { search: 'a\u001fb' }],
    ['filter.or.1.search', { or: [{}, { search: '' }] }],
    ['filter.not.and.0.tags.anyOf.0', { not: { and: [{ tags: { anyOf: ['\0'] } }] } }],
    ['filter', { or: times(31, {}) }],
    ['filter.or.0.and.0.not.not', { or: [{ and: [{ not: { not: {} } }] }] }],
    ['filter', { or: times(16, { not: {} }) }],
  ])('at %s: %j', async (path, filter) => {
    gateway.takeStatements();
    const { data, errors } = await client.send(FIND, { filter });
    expect(data).toEqual({ calls: null });
    expect(errors).toMatchObject([{ path: ['calls'], extensions: { code: 'BAD_USER_INPUT' } }]);
    expect(errors?.[0]?.message.startsWith(`${path}: `)).toBe(true);
    expect(gateway.takeStatements()).toHaveLength(1);
  });

  it('with more than 100 items in a list, but not with 100', async () => {
    const hundred = { status: times(100, 'RINGING'), tags: { anyOf: times(100, 'vip') } };
    expect(await found(hundred)).toEqual(expected({ status: ['RINGING'], tags: { anyOf: ['vip'] } }));
  });
});
