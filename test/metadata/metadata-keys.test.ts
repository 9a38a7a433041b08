import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { followOver } from '../live/followers.js';
import { givenCall, mergeCallMetadata } from '../support/documents.js';
import { type Client, openTestGateway, type TestGateway } from '../support/gateway.js';

let gateway: TestGateway;
let client: Client;
let call: string;
/** jsonb keeps shorter keys first; the largest integer that is exact, and a fraction. */
const METADATA = JSON.parse(
  '{"a": {"b": [1, "]"]}, "1": 9007199254740991, "10": 0.1, "z\\"": "x,\\"a\\":1", "__proto__": {"x": 1}}',
);

beforeAll(async () => {
  gateway = await openTestGateway();
  client = await gateway.client();
  call = (await givenCall(client, { metadata: METADATA })).id;
});
afterAll(() => gateway.close());

const textOf = async (query: string, variables: object = {}): Promise<string> => {
  const answer = await fetch(gateway.url, {
    method: 'POST',
    headers: { authorization: `Bearer ${client.token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ query, variables }),
  });
  return answer.text();
};

describe('Call.metadata(keys:)', () => {
  it.each<[string[] | null, string]>([
    [['a'], '{"a":{"b":[1,"]"]}}'],
    [['10', '1', '1'], '{"1":9007199254740991,"10":0.1}'],
    [['z"', '__proto__'], '{"z\\"":"x,\\"a\\":1","__proto__":{"x":1}}'],
    [['none', ''], '{}'],
    [[], '{}'],
  ])('%j keeps %s, in its order and spelling, however it is asked for', async (keys, expected) => {
    const documents: [string, object][] = [
      ['query ($id: ID!, $keys: [String!]) { call(id: $id) { metadata(keys: $keys) } }', { id: call, keys }],
      [`{ call(id: "${call}") { metadata(keys: ${JSON.stringify(keys)}) } }`, {}],
      ['query ($keys: [String!]) { calls { nodes { metadata(keys: $keys) } } }', { keys }],
    ];
    for (const [query, variables] of documents) {
      // Compiled code answers from the second time on.
      for (let time = 0; time < 3; time += 1) {
        expect(await textOf(query, variables)).toContain(`"metadata":${expected}}`);
      }
    }
  });

  it('with null or without keys is all of it', async () => {
    const { call: found } = await client.ask(
      `{ call(id: "${call}") { all: metadata none: metadata(keys: null) a: metadata(keys: ["a"]) one: metadata(keys: "1") } }`,
    );
    expect(found.all).toEqual(found.none);
    expect(Object.keys(found.all)).toHaveLength(5);
    expect([found.a, found.one]).toEqual([{ a: { b: [1, ']'] } }, { 1: 9007199254740991 }]);
  });

  it('is the same in subscriptions, and after a mutation', async () => {
    const follower = followOver(
      'ws',
      { url: gateway.url, token: client.token },
      'subscription ($filter: CallFilter) { callUpdates(filter: $filter) { call { metadata(keys: ["a", "new"]) rest: metadata(keys: ["1"]) } } }',
      { filter: { metadata: { hasKeys: ['a'] } } },
    );
    await gateway.subscribers(1);
    await mergeCallMetadata(client, { call: { id: call }, metadata: { new: 1 } });
    const [update] = await follower.until(1);
    expect(update.call).toEqual({ metadata: { a: { b: [1, ']'] }, new: 1 }, rest: { 1: 9007199254740991 } });
    const { payload } = await client.ask(
      'mutation ($id: ID!) { payload: mergeCallMetadata(call: { id: $id }, metadata: { new: null }) { call { metadata(keys: ["new", "10"]) } } }',
      { id: call },
    );
    expect(payload.call.metadata).toEqual({ 10: 0.1 });
  });

  it.each([
    [
      'more than 100 keys',
      Array.from({ length: 101 }, (_, index) => `${index}`),
      /^keys may have at most 100/,
    ],
    ['a key that is too long', ['a'.repeat(4_097)], /^keys\.0: /],
    ['a key with NUL', ['\u0000'], /^keys\.0: /],
  ])('refuses %s', async (_, keys, message) => {
    const { errors } = await client.send(
      'query ($id: ID!, $keys: [String!]) { call(id: $id) { metadata(keys: $keys) } }',
      { id: call, keys },
    );
    expect(errors).toMatchObject([{ message, extensions: { code: 'BAD_USER_INPUT' } }]);
  });
});
