import { getIntrospectionQuery } from 'graphql';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Client, openTestGateway, type TestGateway, type Variables } from '../../support/gateway.js';

let gateway: TestGateway;
let client: Client;
beforeAll(async () => {
  gateway = await openTestGateway();
  client = await gateway.client();
});
afterAll(() => gateway.close());

const LIMIT = 200_000;
const ID = 'call_01h455vb4pex5vsknk084sn02q';
const COMMANDS = 'callFlow { commands { conditions { value } } }';

const costsOf = async (query: string, variables?: Variables) => {
  const { extensions } = (await client.send(query, variables)) as { extensions?: object };
  return extensions;
};

const priced = (requested: number) => ({
  cost: { requested, limit: LIMIT, remaining: expect.any(Number) },
});

describe('an operation costs one point, and one for each object that its answer may contain:', () => {
  it.each<[string, number, Variables?]>([
    ['{ __typename }', 1],
    ['{ viewer { name scopes } }', 1 + 1],
    [`{ call(id: "${ID}") { id cost { total } hangup { source } references { value } } }`, 2],
    ['{ calls { nodes { id } } }', 1 + 50],
    ['{ calls(first: 3) { edges { cursor node { id } } pageInfo { endCursor } } }', 1 + 3],
    ['{ calls(last: 7) { nodes { id } } }', 1 + 7],
    ['{ calls(first: 3) { nodes { id } edges { node { id } } } }', 1 + 2 * 3],
    ['{ calls(first: 3) { totalCount } }', 1 + 50],
    ['{ calls(first: 3) { totalCount totalCountIsEstimate } }', 1 + 50 + 50],
    ['{ calls(first: 3) { totalCount nodes { voiceCall { id } } } }', 1 + 50 + 3 * 2],
    [
      '{ calls(first: 4) { nodes { children(first: 5) { nodes { id } totalCount } } } }',
      1 + 4 * (1 + 5 + 50),
    ],
    [`{ calls(first: 2) { nodes { groups { id } ${COMMANDS} } } }`, 1 + 2 * (1 + 10 + 1 + 10)],
    ['{ calls(first: 3) { nodes { metadata(keys: ["a", "b"]) all: metadata } } }', 1 + 3],
    [
      'query ($keys: [String!]) { calls(first: 3) { nodes { metadata(keys: $keys) } } }',
      1 + 3,
      { keys: ['a', 'b', 'c'] },
    ],
    ['{ matchRules { id } }', 1 + 10],
    ['{ vendorAccounts { id pendingDeliveries } }', 1 + 10],
    ['query ($n: Int) { calls(first: $n) { nodes { id } } }', 1 + 9, { n: 9 }],
    ['query ($n: Int) { calls(first: $n) { nodes { id } } }', 1 + 50, {}],
    ['query ($n: Int) { calls(first: $n) { nodes { id } } }', 1 + 50, { n: null }],
    ['query ($n: Int = 8) { calls(first: $n) { nodes { id } } }', 1 + 8, {}],
    ['query ($n: Int = 8) { calls(first: $n) { nodes { id } } }', 1 + 50, { n: null }],
    ['query ($toString: Int = 8) { calls(first: $toString) { nodes { id } } }', 1 + 8, {}],
    [
      `query ($constructor: [ID!]! = ["${ID}", "${ID}", "${ID}"]) { nodes(ids: $constructor) { id } }`,
      1 + 3,
      {},
    ],
    ['query ($a: Int, $b: Int) { calls(first: $a, last: $b) { nodes { id } } }', 1 + 6, { b: 6 }],
    [
      'query ($n: Int) { calls(first: $n) { nodes { children(last: $n) { nodes { id } } } } }',
      1 + 6 + 36,
      { n: 6 },
    ],
    ['query ($ids: [ID!]!) { nodes(ids: $ids) { id } }', 1 + 3, { ids: [ID, ID, ID] }],
    ['query ($ids: [ID!]!) { nodes(ids: $ids) { id } }', 1 + 1, { ids: ID }],
    [
      `{ nodes(ids: ["${ID}", "${ID}"]) { ... on Call { history(first: 5) { nodes { id } } } } }`,
      1 + 2 * (1 + 5),
    ],
    ['{ calls(filter: null) { nodes { id } } }', 1 + 50],
    ['{ calls(filter: { status: [COMPLETED] }) { nodes { id } } }', 1 + 50 + 3],
    ['query ($f: CallFilter) { calls(filter: $f) { totalCount } }', 1 + 50 + 3, { f: { status: ['BUSY'] } }],
    ['query ($f: CallFilter = { from: "x" }) { calls(filter: $f) { totalCount } }', 1 + 50 + 2, {}],
    ['query ($f: CallFilter = { from: "x" }) { calls(filter: $f) { totalCount } }', 1 + 50, { f: null }],
    [
      'query ($m: JSONObject!) { calls(first: 3, filter: { metadata: { contains: $m } }) { nodes { id } } }',
      1 + 3 + 2 + 1 + 1 + 10 * 2,
      { m: { a: [1, 2] } },
    ],
    [
      'query ($f: CallFilter) { a: calls(filter: $f) { totalCount } b: calls(filter: $f) { totalCount } }',
      1 + 2 * (50 + 2),
      { f: { from: 'x' } },
    ],
    [
      'query ($f: CallFilter, $s: Boolean!) { viewer { name } calls(filter: $f) @skip(if: $s) { totalCount } }',
      1 + 1,
      { f: { from: 'x' }, s: true },
    ],
    ['{ callStatistics { calls } }', 1 + 20_000],
    ['{ callFacet(field: TAG) { value } }', 1 + 20_000],
    [
      '{ callStatistics(filter: { startedAt: { from: "2024-01-15T00:00:00Z", to: "2024-01-16T00:00:00Z" } }, by: [{ field: TAG }]) { calls } }',
      1 + 100 + 100 + 4,
    ],
    [
      'query ($f: CallFilter) { callFacet(field: TAG, filter: $f) { value } }',
      1 + 100 + 1_000 + 7,
      {
        f: {
          createdAt: { from: '2024-01-15T00:00:00Z', to: '2024-01-25T00:00:00Z' },
          updatedAt: { from: '2023-01-15T00:00:00Z', to: '2024-01-25T00:00:00Z' },
        },
      },
    ],
    [
      'query ($from: DateTime = "2024-01-15T00:00:00Z", $to: DateTime) { callFacet(field: TAG, filter: { createdAt: { from: $from, to: $to } }) { value } }',
      1 + 100 + 100 + 4,
      { to: '2024-01-16T00:00:00Z' },
    ],
    ['{ callStatistics(filter: { createdAt: { to: "2024-01-15T00:00:00Z" } }) { calls } }', 1 + 20_000 + 3],
    ['{ voiceCalls(first: 2, filter: { staffUid: ["a", "b"] }) { nodes { id } } }', 1 + 2 + 4],
    ['{ callEvents(first: 2, filter: { match: [PENDING] }) { nodes { id } } }', 1 + 2 + 3],
    ['query ($s: Boolean!) { calls @skip(if: $s) { nodes { id } } viewer { name } }', 1 + 1, { s: true }],
    [
      'query ($s: Boolean!) { calls @skip(if: $s) { nodes { id } } viewer { name } }',
      1 + 1 + 50,
      { s: false },
    ],
    [
      'query ($s: Boolean = false) { viewer { name } ... @include(if: $s) { calls { nodes { id } } } }',
      1 + 1,
      {},
    ],
    [
      'query ($s: Boolean!) { ...F @skip(if: $s) ...F } fragment F on Query { calls { nodes { id } } }',
      51,
      { s: true },
    ],
    [
      '{ ...A ...B } fragment A on Query { calls(first: 5) { nodes { id } } } fragment B on Query { calls(first: 5) { nodes { to } } }',
      6,
    ],
  ])('%s is %i', async (query, requested, variables) => {
    const costs = priced(requested);
    expect(await costsOf(query, variables)).toEqual(costs);
    // From the second time on, compiled code answers.
    expect(await costsOf(query, variables)).toEqual(costs);
    expect(await costsOf(query, variables)).toEqual(costs);
  });
});

const WHOLE_SCHEMA = getIntrospectionQuery({
  specifiedByUrl: true,
  inputValueDeprecation: true,
  oneOf: true,
});

describe('an introspection', () => {
  it.each<[string, string, number]>([
    ['as tools ask for it costs 50', getIntrospectionQuery(), 1 + 50],
    ['of all that there is costs 50', WHOLE_SCHEMA, 1 + 50],
    ['of every type costs 50', '{ __schema { types { name fields { name args { name } } } } }', 1 + 50],
    ['of one type costs less', '{ __type(name: "Call") { name fields { name } } }', 1 + 10],
    [
      'beside calls costs both',
      '{ __schema { types { name } } calls(first: 3) { nodes { id } } }',
      1 + 50 + 3,
    ],
  ])('%s', async (_, query, requested) => {
    expect(await costsOf(query)).toEqual(priced(requested));
    expect(await costsOf(query)).toEqual(priced(requested));
  });

  it('of more than that costs what it takes', async () => {
    const most = Array.from(
      { length: 5 },
      (_, at) => `a${at}: __schema { types { name fields { args { name } } } }`,
    );
    const { cost } = (await costsOf(`{ ${most.join(' ')} }`)) as { cost: { requested: number } };
    expect(cost.requested).toBeGreaterThan(10_000);
  });
});

it('a write costs ten more, and a batch as often as it has items', async () => {
  const upsert =
    'mutation ($inputs: [UpsertCallInput!]!) { upsertCalls(inputs: $inputs) { call { id } errors { code } } }';
  const inputs = [{ references: [] }, { references: [] }, { references: [] }];
  expect(await costsOf(upsert, { inputs })).toEqual(priced(1 + 3 * 11));
  const replay = `mutation ($ids: [ID!]!) { replayDeliveries(ids: $ids) { deliveries { id call { id } } errors { code } } }`;
  expect(await costsOf(replay, { ids: [ID, ID, ID] })).toEqual(priced(1 + 3 * (10 + 2)));
  const end = `mutation { hangUpCall(call: { id: "${ID}" }) { call { id } errors { code } } }`;
  expect(await costsOf(end)).toEqual(priced(12));
});

it('an operation above the limit is refused, and the answer contains both numbers', async () => {
  const query =
    'query ($n: Int) { calls(first: $n) { nodes { children(first: $n) { nodes { history(first: $n) { nodes { id } } } } } } }';
  gateway.takeStatements();
  const refused = await client.send(query, { n: 200 });
  expect(gateway.takeStatements()).toHaveLength(1);
  const requested = 1 + 200 + 200 * 200 + 200 * 200 * 200;
  expect(refused).toEqual({
    status: 400,
    errors: [
      {
        message: `The operation may cost ${requested} points; at most ${LIMIT} are allowed (GRAPHQL_MAX_COST).`,
        extensions: {
          code: 'OPERATION_TOO_COSTLY',
          limit: LIMIT,
          found: requested,
          variable: 'GRAPHQL_MAX_COST',
        },
      },
    ],
    extensions: priced(requested),
  });
  expect((await client.send(query, { n: 20 })).errors).toBeUndefined();
});

it("a page or batch that is too long is refused with its own field's error", async () => {
  const { errors } = await client.send('{ calls(first: 1000000) { nodes { id } } }');
  expect(errors?.[0]?.extensions.code).toBe('BAD_USER_INPUT');
  const ids = Array(501).fill(ID);
  const many = await client.send('query ($ids: [ID!]!) { nodes(ids: $ids) { id } }', { ids });
  expect(many.errors?.[0]?.message).toMatch(/at most 500/);
});
