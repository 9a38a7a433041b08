import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Names } from '../../identity/world.js';
import type { Client, Variables } from '../../support/gateway.js';
import { askBoth, codesIn, type Expected, expectSame, type Send } from './both-ways.js';
import { openRichGateway } from './rich-gateway.js';

let client: Client;
let names: Names;
let send: Send;
let close: () => Promise<void>;
beforeAll(async () => {
  ({ client, names, send, close } = await openRichGateway());
});
afterAll(() => close());

/** Two calls: one with everything, and its child with next to nothing. */
const WHOLE = 1;
const BOTH = 2;
const NONE = 0;

/** Queries compiled code too, and expects this many results. */
async function expectFound(
  list: string,
  found: number,
  document: string,
  variables?: Variables,
): Promise<void> {
  const { interpreted, compiled, executors } = await askBoth(send, { document, variables });
  expect(compiled).toEqual(interpreted);
  expect(executors).toEqual(['compiled']);
  expect(JSON.parse(compiled.body).data).toEqual({ [list]: { totalCount: found } });
}

describe('a filter in the document', () => {
  it.each<[filter: string, found: number]>([
    ['null', BOTH],
    ['{}', BOTH],
    ['{ status: null }', BOTH],
    ['{ status: [] }', NONE],
    ['{ status: COMPLETED }', WHOLE],
    ['{ status: [COMPLETED, RINGING] }', WHOLE],
    ['{ direction: [INBOUND], system: OTHER }', WHOLE],
    ['{ createdAt: { from: "2020-01-01T00:00:00Z" } }', BOTH],
    ['{ createdAt: { to: "2020-01-01T00:00:00Z" } }', NONE],
    ['{ startedAt: { from: "2024-01-15T12:00:01.499+02:00", to: "2024-01-15T10:00:01.501Z" } }', WHOLE],
    ['{ startedAt: { from: "2024/01/15T10:00:01.501Z" } }', NONE],
    ['{ endedAt: { to: "0001-01-15T10:01:02.001Z" } }', WHOLE],
    ['{ duration: { min: 61, max: 61 } }', WHOLE],
    ['{ duration: { min: 62 } }', NONE],
    ['{ hasVoiceCall: true }', WHOLE],
    ['{ hasVoiceCall: false }', WHOLE],
    [String.raw`{ to: "sip:\"desk\"\\1@example.com" }`, WHOLE],
    [String.raw`{ tags: { allOf: ["tag \u0022b\u0022", "\u00fc"] } }`, WHOLE],
    ['{ tags: { anyOf: """\n  tag "b"\n""" } }', WHOLE],
    ['{ metadata: { contains: { a: 1 } } }', WHOLE],
    ['{ metadata: { contains: { a: 2 } } }', NONE],
    ['{ metadata: { contains: { __proto__: { x: 1 } } } }', WHOLE],
    ['{ metadata: { contains: { __proto__: { x: 2 } } } }', NONE],
    ['{ metadata: { contains: { constructor: "c", a: 1 } } }', WHOLE],
    ['{ metadata: { contains: { constructor: "d" } } }', NONE],
    ['{ metadata: { contains: { n: 9007199254740991, half: -0.5 } } }', WHOLE],
    ['{ metadata: { contains: { n: 9007199254740990 } } }', NONE],
    ['{ metadata: { contains: { list: [[{ e: 1 }]] } } }', NONE],
    ['{ metadata: { anyOf: { a: 1 } } }', WHOLE],
    ['{ metadata: { anyOf: [{ a: 2 }, { constructor: "c" }] } }', WHOLE],
    ['{ metadata: { hasKeys: "ключ" } }', WHOLE],
    ['{ metadata: { hasKeys: ["__proto__", "constructor"] } }', WHOLE],
  ])('%s', async (filter, found) => {
    await expectFound('calls', found, `{ calls(filter: ${filter}) { totalCount } }`);
  });

  it('keeps its values from one time to the next', async () => {
    const document =
      '{ calls(filter: { metadata: { contains: { list: [1] } }, tags: { allOf: ["a"] } }) { totalCount } }';
    for (let time = 0; time < 4; time += 1) {
      expect(await client.ask(document)).toEqual({ calls: { totalCount: WHOLE } });
    }
  });
});

describe('a filter with variables in it', () => {
  const BOUNDS = '$from: DateTime, $to: DateTime = "2099-01-01T00:00:00Z"';
  const BETWEEN = 'createdAt: { from: $from, to: $to }';

  it.each<[declared: string, filter: string, variables: Variables, found: number]>([
    ['$filter: CallFilter', '$filter', {}, BOTH],
    ['$filter: CallFilter', '$filter', { filter: null }, BOTH],
    ['$filter: CallFilter', '$filter', { filter: { status: 'COMPLETED' } }, WHOLE],
    ['$filter: CallFilter = { status: COMPLETED }', '$filter', {}, WHOLE],
    ['$filter: CallFilter = { status: COMPLETED }', '$filter', { filter: null }, BOTH],
    ['$filter: CallFilter = { createdAt: { to: "2020-01-01T00:00:00Z" } }', '$filter', {}, NONE],
    ['$filter: CallFilter = { metadata: { contains: { __proto__: { x: 2 } } } }', '$filter', {}, NONE],
    ['$status: CallStatus!', '{ status: [RINGING, $status] }', { status: 'COMPLETED' }, WHOLE],
    ['$status: [CallStatus!]', '{ status: $status }', { status: 'COMPLETED' }, WHOLE],
    ['$status: [CallStatus!]', '{ status: $status }', {}, BOTH],
    ['$from: String', '{ from: $from }', {}, BOTH],
    ['$from: String', '{ from: $from }', { from: '+351910648518' }, WHOLE],
    ['$has: Boolean', '{ hasVoiceCall: $has }', { has: false }, WHOLE],
    ['$has: Boolean = true', '{ hasVoiceCall: $has }', { has: null }, BOTH],
    [BOUNDS, `{ ${BETWEEN} }`, {}, BOTH],
    [BOUNDS, `{ ${BETWEEN} }`, { from: '2098-12-31T23:59:59-05:00' }, NONE],
    [BOUNDS, `{ ${BETWEEN} }`, { to: '2020-01-01T00:00:00Z' }, NONE],
    [BOUNDS, `{ ${BETWEEN} }`, { from: null, to: null }, BOTH],
    ['$a: Int', '{ metadata: { contains: { a: $a } } }', { a: 1 }, WHOLE],
    ['$a: Int', '{ metadata: { contains: { a: $a } } }', { a: 2 }, NONE],
    ['$a: Int', '{ metadata: { contains: { a: $a } } }', {}, BOTH],
    ['$x: Int', '{ metadata: { contains: { __proto__: { x: $x } } } }', { x: 2 }, NONE],
    ['$m: JSONObject', '{ metadata: { contains: $m } }', { m: { ключ: 'значение' } }, WHOLE],
    ['$m: JSONObject', '{ metadata: { contains: $m } }', { m: { list: [[null, { é: '\u2028' }]] } }, WHOLE],
    ['$m: [JSONObject!]', '{ metadata: { anyOf: $m } }', { m: { a: 1 } }, WHOLE],
    [
      '$m: JSONObject!',
      '{ metadata: { anyOf: [{ a: 2 }, $m] } }',
      { m: JSON.parse('{"__proto__":{"x":1}}') },
      WHOLE,
    ],
    ['$m: JSONObject!', '{ metadata: { anyOf: [$m] } }', { m: JSON.parse('{"__proto__":{"x":2}}') }, NONE],
  ])('%s in %s by %j', async (declared, filter, variables, found) => {
    await expectFound(
      'calls',
      found,
      `query (${declared}) { calls(filter: ${filter}) { totalCount } }`,
      variables,
    );
  });

  it('is executed with other values by the same code', async () => {
    const document =
      'query Several($status: [CallStatus!]) { calls(filter: { status: $status }) { totalCount } }';
    const found = async (variables: Variables) => (await client.ask(document, variables)).calls.totalCount;
    expect(await found({ status: ['RINGING'] })).toBe(NONE);
    expect(await found({ status: ['COMPLETED'] })).toBe(WHOLE);
    expect(await found({})).toBe(BOTH);
    expect(await found({ status: [] })).toBe(NONE);
  });
});

type Case = [document: string, variables?: (names: Names) => Variables, expected?: Expected];

describe('an argument', () => {
  const ids = ({ call, voiceCall }: Names) => ({ a: call, b: voiceCall });
  const GOOD: Case[] = [
    ['{ calls(first: null, after: null) { nodes { id } } }'],
    ['query ($n: Int) { calls(first: $n) { nodes { id } } }'],
    ['query ($n: Int = 1) { calls(first: $n) { nodes { id } } }'],
    ['query ($n: Int = 1) { calls(first: $n) { nodes { id } } }', () => ({ n: null })],
    ['query ($n: Int = 1) { calls(first: $n) { nodes { id } } }', () => ({ n: 2 })],
    [
      'query ($n: Int!) { calls(first: $n) { nodes { id } } a: calls(last: $n) { nodes { id } } }',
      () => ({ n: 1 }),
    ],
    ['{ calls(orderBy: { field: DURATION }) { nodes { id } } }'],
    ['{ calls(orderBy: { field: DURATION, direction: ASC }) { edges { cursor } } }'],
    ['query ($o: CallOrder) { calls(orderBy: $o) { nodes { id } } }'],
    ['query ($o: CallOrder) { calls(orderBy: $o) { nodes { id } } }', () => ({ o: { field: 'CREATED_AT' } })],
    ['query ($o: CallOrder = { field: UPDATED_AT }) { calls(orderBy: $o) { edges { cursor } } }'],
    [
      'query ($d: OrderDirection! = ASC) { calls(orderBy: { field: CREATED_AT, direction: $d }) { nodes { id } } }',
    ],
    [
      'query ($d: OrderDirection = ASC) { calls(orderBy: { field: CREATED_AT, direction: $d }) { nodes { id } } }',
    ],
    ['query ($d: OrderDirection) { calls(orderBy: { field: CREATED_AT, direction: $d }) { nodes { id } } }'],
    ['query ($a: [ID!]!) { nodes(ids: $a) { id } }', ids],
    ['query ($a: ID!, $b: ID!) { nodes(ids: [$a, $b, $a]) { id } }', ids],
    [
      'query ($a: ID!, $b: ID!) { a: node(id: $a) { id } b: node(id: $b) { id } c: node(id: $b) { id } }',
      ids,
    ],
    ['query ($a: ID = "call_01h455vb4pex5vsknk084sn02q") { call(id: $a) { id } }'],
    ['query ($a: ID = "call_01h455vb4pex5vsknk084sn02q") { call(id: $a) { id } }', ids],
    ['{ voiceCalls(filter: { fromNumber: "+14155550148", status: ANSWERED_BY_STAFF }) { totalCount } }'],
    [
      'query ($p: String) { voiceCalls(filter: { fromNumber: $p }) { totalCount } }',
      () => ({ p: '+14155550149' }),
    ],
    ['{ callEvents(filter: { eventTime: { from: "2024-01-15T10:00:00Z" } }) { totalCount } }'],
  ];
  it.each(GOOD)('that is good: %s', async (document, variables = () => ({})) => {
    await expectSame(send, { document, variables: variables(names) });
  });

  const bad = { codes: ['BAD_USER_INPUT'] };
  const BAD: Case[] = [
    ['{ call(id: 12) { id } }', undefined, bad],
    ['query ($a: ID!) { call(id: $a) { id } }', () => ({ a: 12 }), bad],
    ['query ($a: ID!) { viewer { name } call(id: $a) { id } }', () => ({ a: '' }), bad],
    ['query ($n: Int) { calls(first: $n) { totalCount } }', () => ({ n: -2_147_483_648 }), bad],
    ['{ calls(filter: { duration: { min: -1 } }) { totalCount } }', undefined, bad],
    ['{ calls(filter: { metadata: { hasKeys: [""] } }) { totalCount } }', undefined, bad],
    ['query ($c: String) { calls(after: $c) { totalCount } }', () => ({ c: '\u0000' }), bad],
  ];
  it.each(BAD)('that a resolver refuses: %s', async (document, variables = () => ({}), expected = {}) => {
    await expectSame(send, { document, variables: variables(names) }, expected);
  });

  it('that is null against the schema is refused by graphql-js', async () => {
    const document = 'query ($a: ID = "x") { viewer { name } call(id: $a) { id } }';
    const { interpreted, compiled, executors } = await askBoth(send, { document, variables: { a: null } });
    expect(compiled).toEqual(interpreted);
    expect(executors).toEqual(['graphql-js']);
    expect(codesIn(compiled)).toHaveLength(1);
    const order =
      'query ($d: OrderDirection = ASC) { calls(orderBy: { field: DURATION, direction: $d }) { totalCount } }';
    const nulled = await askBoth(send, { document: order, variables: { d: null } });
    expect(nulled.compiled).toEqual(nulled.interpreted);
    expect(codesIn(nulled.compiled)).toHaveLength(1);
  });
});

describe('variables that are wrong', () => {
  const MANY = `$id: ID! = "call_01h455vb4pex5vsknk084sn02q", $n: Int, $f: CallFilter, $o: CallOrder, $s: [CallStatus!], $t: DateTime, $p: String,
    $m: JSONObject, $b: Boolean, $r: CallReferenceInput! = { system: OTHER, name: "case", value: "x" }`;
  const document = `query (${MANY}) {
    callByReference(reference: $r) { id }
    calls(first: $n, filter: $f, orderBy: $o) { totalCount }
    a: calls(filter: { status: $s, createdAt: { from: $t }, metadata: { contains: $m }, hasVoiceCall: $b }) { totalCount }
    voiceCalls(filter: { fromNumber: $p }) { totalCount }
    callEvents(filter: { group: null, eventId: "x" }) { totalCount }
    nodes(ids: [$id]) { id }
  }`;

  it.each<[Variables]>([
    [{ id: null }],
    [{ id: 1.5 }],
    [{ id: {} }],
    [{ n: 'one' }],
    [{ n: 2 ** 31 }],
    [{ n: 1.5 }],
    [{ f: 'status' }],
    [{ f: { unknown: 1 } }],
    [{ f: { status: ['SIDEWAYS'] } }],
    [{ f: { status: [null] } }],
    [{ f: { createdAt: { from: '2023-02-30T00:00:00Z' } } }],
    [{ f: { metadata: { contains: 'a' } } }],
    [{ o: {} }],
    [{ o: { field: null } }],
    [{ o: { field: 'DURATION', direction: null } }],
    [{ s: [1] }],
    [{ t: 1 }],
    [{ t: 'yesterday' }],
    [{ p: 5 }],
    [{ m: [] }],
    [{ m: { n: 2 ** 53 } }],
    [{ b: 'true' }],
    [{ r: null }],
    [{ r: { system: 'OTHER' } }],
    [{ r: [] }],
    [{ n: 'one', t: 'yesterday', p: 5 }],
  ])('%j are refused by graphql-js', async (wrong) => {
    const variables = { id: names.call, r: { system: 'OTHER', name: 'case', value: 'x' }, ...wrong };
    const { interpreted, compiled, executors } = await askBoth(send, { document, variables });
    expect(compiled).toEqual(interpreted);
    expect(executors).toEqual([]);
    expect(new Set(codesIn(compiled))).toEqual(new Set(['BAD_USER_INPUT']));
  });

  it('are refused between valid ones, which still work afterwards', async () => {
    const page = 'query Page($first: Int!) { calls(first: $first) { nodes { id } } }';
    const sent: number[] = [];
    for (const first of [1, 1, 'x', 2, null, 1]) sent.push((await client.send(page, { first })).status);
    expect(sent).toEqual([200, 200, 400, 200, 400, 200]);
    expect((await client.send(page, { first: 1, unknown: 1 })).status).toBe(200);
    expect((await client.send(page)).status).toBe(400);
  });
});
