import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { givenCall } from '../support/documents.js';
import { type Client, openTestGateway, type TestGateway, type Variables } from '../support/gateway.js';
import { NEAR_FILTERS, NEAR_JSON } from '../support/near-equal.js';
import { type Follower, follow, followOver, settled, TRANSPORTS, wsClient } from './followers.js';

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await openTestGateway();
});
afterAll(() => gateway.close());

let organizations = 0;
const keys = (count: number): Promise<Client[]> => {
  organizations += 1;
  const organization = `shared-audiences-${organizations}`;
  return Promise.all(Array.from({ length: count }, () => gateway.client({ organization })));
};

const target = ({ token }: Client) => ({ url: gateway.url, token });
const statuses = ({ changes }: Follower) => changes.map(({ call }) => call.status);

async function stopAll(followers: readonly Follower[]): Promise<void> {
  for (const each of followers) each.stop();
  await gateway.subscribers(0);
}

describe('a variable that is left out takes its default, and null does not, for two subscribers with the same document:', () => {
  const QUERY = `subscription ($f: CallFilter = { status: [COMPLETED] }) {
    callsChanged(filter: $f) { call { status } }
  }`;
  const ABSENT = {};
  const NULL = { f: null };

  const ways = TRANSPORTS.flatMap((first) => TRANSPORTS.map((second) => [first, second] as const));
  it.each(
    ways.flatMap(([first, second]) => [
      [first, ABSENT, second, NULL] as const,
      [first, NULL, second, ABSENT] as const,
    ]),
  )('%s with %j, then %s with %j', async (transport, variables, otherTransport, otherVariables) => {
    const [one, other] = (await keys(2)) as [Client, Client];
    const first = followOver(transport, target(one), QUERY, variables);
    await gateway.subscribers(1);
    const second = followOver(otherTransport, target(other), QUERY, otherVariables);
    await gateway.subscribers(2);
    for (const status of ['RINGING', 'COMPLETED']) await givenCall(one, { status });
    const [filtered, whole] = variables === ABSENT ? [first, second] : [second, first];
    await Promise.all([filtered.until(1), whole.until(2)]);
    expect([statuses(filtered), statuses(whole)]).toEqual([['COMPLETED'], ['RINGING', 'COMPLETED']]);
    expect(gateway.counts().audiences).toBe(2);
    await stopAll([first, second]);
  });
});

describe('a variable that is left out is absent, whatever its name:', () => {
  it.each(['constructor', 'toString', '__proto__', 'hasOwnProperty'])('$%s', async (name) => {
    const [client] = (await keys(1)) as [Client];
    const query = `subscription ($${name}: CallFilter = { status: [COMPLETED] }) {
      callsChanged(filter: $${name}) { call { status } }
    }`;
    const socket = wsClient(target(client));
    const filtered = follow(socket, query);
    await gateway.subscribers(1);
    const whole = follow(socket, query, JSON.parse(`{ "${name}": null }`) as Variables);
    await gateway.subscribers(2);
    for (const status of ['RINGING', 'COMPLETED']) await givenCall(client, { status });
    await Promise.all([filtered.until(1), whole.until(2)]);
    expect([statuses(filtered), statuses(whole)]).toEqual([['COMPLETED'], ['RINGING', 'COMPLETED']]);
    await stopAll([filtered, whole]);
  });
});

describe('equal subscriptions have one audience:', () => {
  const QUERY = `subscription ($f: CallFilter, $after: String) {
    callsChanged(filter: $f, after: $after) { call { status } }
  }`;
  const BOTH = `subscription A { callsChanged { kind } } subscription B { callsChanged { kind } }`;

  it.each<[string, number, Variables, Variables]>([
    ['from wherever', 1, { f: { status: ['RINGING'] } }, { f: { status: ['RINGING'] }, after: null }],
    [
      'with the members of a filter in another order',
      1,
      { f: { status: ['RINGING'], tags: { anyOf: ['a'], allOf: ['b'] } } },
      { f: { tags: { allOf: ['b'], anyOf: ['a'] }, status: ['RINGING'] } },
    ],
    ['with a variable that is not declared', 1, { f: {} }, { f: {}, g: { status: ['RINGING'] } }],
    ['and nothing else', 2, { f: { status: ['RINGING'] } }, { f: { status: ['IN_PROGRESS'] } }],
  ])('%s', async (_, audiences, one, other) => {
    const clients = await keys(2);
    const followers = [one, other].map((variables, index) =>
      followOver('ws', target(clients[index] as Client), QUERY, variables),
    );
    await gateway.subscribers(2);
    expect(gateway.counts().audiences).toBe(audiences);
    await stopAll(followers);
  });

  it('by the same scopes, in any order', async () => {
    organizations += 1;
    const organization = `shared-audiences-${organizations}`;
    const clients = await Promise.all(
      [
        ['CALLS_READ', 'METADATA_WRITE'] as const,
        ['METADATA_WRITE', 'CALLS_READ'] as const,
        ['CALLS_READ'] as const,
      ].map((scopes) => gateway.client({ organization, scopes: [...scopes] })),
    );
    const followers = clients.map((client) => followOver('ws', target(client), QUERY));
    await gateway.subscribers(3);
    expect(gateway.counts().audiences).toBe(2);
    await stopAll(followers);
  });

  it('of one operation of a document', async () => {
    const [client] = (await keys(1)) as [Client];
    const socket = wsClient(target(client));
    const names = ['A', 'A', 'B'];
    const stops = names.map((operationName) =>
      socket.subscribe({ query: BOTH, operationName }, { next() {}, error() {}, complete() {} }),
    );
    await gateway.subscribers(3);
    expect(gateway.counts().audiences).toBe(2);
    for (const stop of stops) stop();
    await gateway.subscribers(0);
  });
});

/** Subscriptions, and queries that find the same calls: what a subscriber must receive for new calls. */
const TEMPLATES = [
  {
    name: 'f' as const,
    variables: '$f: CallFilter = { status: [COMPLETED] }',
    filter: '$f',
    call: 'status metadata',
    values: NEAR_FILTERS,
  },
  {
    name: 'm' as const,
    variables: '$m: JSONObject = { a: 1 }',
    filter: '{ metadata: { contains: $m } }',
    call: 'status metadata',
    values: NEAR_JSON.map((a) => (a === undefined ? {} : { a })),
  },
  {
    name: 'm' as const,
    variables: '$m: JSONObject = { a: 1 }',
    filter: '{ metadata: { anyOf: [{ a: 1 }, { a: { b: 2 }, c: $m }] } }',
    call: 'status metadata',
    values: NEAR_JSON.map((a) => (a === undefined ? {} : { a })),
  },
  {
    name: 's' as const,
    variables: '$s: [CallStatus!] = [COMPLETED]',
    filter: '{ status: $s }',
    call: 'status metadata',
    values: [
      null,
      [],
      ['COMPLETED'],
      'COMPLETED',
      ['RINGING'],
      ['RINGING', 'COMPLETED'],
      ['COMPLETED', 'RINGING'],
    ],
  },
  {
    name: 'hidden' as const,
    variables: '$hidden: Boolean = true',
    filter: '{}',
    call: 'status metadata @skip(if: $hidden) to @include(if: $hidden)',
    values: [true, false],
  },
];

const CALLS = [
  ...NEAR_JSON.map((a) => ({ status: 'RINGING', metadata: a === undefined ? {} : { a } })),
  { status: 'COMPLETED', metadata: {} },
  { status: 'COMPLETED', metadata: { a: { b: 2 }, c: { a: 1 } } },
  { status: 'COMPLETED', metadata: { a: 1, c: { a: null } } },
];

const UPSERT = `mutation ($inputs: [UpsertCallInput!]!) { upsertCalls(inputs: $inputs) { errors { message } } }`;

it('with nearly equal documents, each subscriber receives what a query with its document finds', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...TEMPLATES).chain((template) =>
        fc.tuple(
          fc.constant(template),
          fc.array(
            fc.record({
              value: fc.option(fc.constantFrom<unknown>(...template.values), { nil: undefined, freq: 4 }),
              transport: fc.constantFrom(...TRANSPORTS),
              key: fc.nat(1),
            }),
            { minLength: 12, maxLength: 12 },
          ),
        ),
      ),
      async ([{ name, variables, filter, call }, subscribers]) => {
        const clients = await keys(2);
        const [writer] = clients as [Client, Client];
        const given = subscribers.map(
          ({ value }): Variables => (value === undefined ? {} : { [name]: value }),
        );
        const query = `subscription (${variables}) { callsChanged(filter: ${filter}) { call { ${call} } } }`;
        const followers: Follower[] = [];
        for (const [index, { transport, key }] of subscribers.entries()) {
          followers.push(followOver(transport, target(clients[key] as Client), query, given[index]));
          // Unless the key matters, the first of an audience decides what all receive.
          await gateway.subscribers(followers.length);
        }
        const inputs = CALLS.map((fields, index) => ({
          references: [{ system: 'OTHER', name: 'n', value: String(index) }],
          ...fields,
        }));
        const { upsertCalls } = await writer.ask(UPSERT, { inputs });
        expect(upsertCalls.flatMap(({ errors }: { errors: unknown[] }) => errors)).toEqual([]);
        await settled(gateway);
        const question = `query (${variables}) {
          calls(filter: ${filter}, first: 100, orderBy: { field: CREATED_AT, direction: ASC }) { nodes { ${call} } }
        }`;
        for (const [index, follower] of followers.entries()) {
          const { nodes } = (await writer.ask(question, given[index])).calls;
          const changes = await follower.until(nodes.length);
          expect([given[index], changes.map((each) => each.call)]).toEqual([given[index], nodes]);
          expect(follower.errors).toEqual([]);
        }
        await stopAll(followers);
      },
    ),
    { numRuns: 10, endOnFailure: true },
  );
});
