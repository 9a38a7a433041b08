import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { givenCall, mergeCallMetadata } from '../support/documents.js';
import { type Client, openTestGateway, type TestGateway } from '../support/gateway.js';
import { CALL_CHANGED, CALLS_CHANGED, type Follower, followOver, settled, TRANSPORTS } from './followers.js';

let gateway: TestGateway;
let owner: Client;
let call: string;

beforeAll(async () => {
  gateway = await openTestGateway();
  owner = await gateway.client({ organization: 'acme' });
  ({ id: call } = await givenCall(owner));
});
afterAll(() => gateway.close());

const refusalOf = ({ changes, errors }: Follower) => ({
  changes,
  codes: errors.map(({ extensions }) => extensions.code),
});

describe.each(TRANSPORTS)('over %s', (transport) => {
  const at = (token?: string) => ({ url: gateway.url, ...(token && { token }) });

  it.each([
    ['callsChanged', CALLS_CHANGED, () => ({})],
    ['callChanged', CALL_CHANGED, () => ({ call: { id: call } })],
  ])('%s requires a sign-in and the scope', async (_, document, variables) => {
    const { token } = await gateway.client({ organization: 'acme', scopes: [] });
    for (const [follower, code] of [
      [followOver(transport, at(), document, variables()), null],
      [followOver(transport, at('sb_unknown'), document, variables()), null],
      [followOver(transport, at(token), document, variables()), 'FORBIDDEN'],
    ] as const) {
      await follower.ended();
      const isClosed = code === null && transport === 'ws';
      if (isClosed) expect(follower.over).toMatchObject({ code: 4403 });
      expect(refusalOf(follower)).toEqual({
        changes: [],
        codes: isClosed ? [] : [code ?? 'UNAUTHENTICATED'],
      });
    }
    expect(gateway.counts()).toMatchObject({ subscriptions: 0, subscribers: 0 });
  });

  it('a key of any write scope may subscribe', async () => {
    const { token } = await gateway.client({ organization: 'acme', scopes: ['EVENTS_WRITE'] });
    await settled(gateway);
    const follower = followOver(transport, at(token));
    await gateway.subscribers(1);
    await mergeCallMetadata(owner, { call: { id: call }, metadata: { [transport]: Math.random() } });
    expect(await follower.until(1)).toMatchObject([{ kind: 'METADATA_MERGED', call: { id: call } }]);
  });

  it('no subscriber receives another organization’s changes', async () => {
    const unrelated = await gateway.client();
    const follower = followOver(transport, at(unrelated.token));
    await gateway.subscribers(1);
    await mergeCallMetadata(owner, { call: { id: call }, metadata: { [transport]: Math.random() } });
    const own = await givenCall(unrelated);
    const changes = await follower.until(1);
    expect(changes.map((change) => change.call.id)).toEqual([own.id]);
  });

  it('another organization’s call is as unknown as one that does not exist', async () => {
    const unrelated = await gateway.client();
    const unknown = `${call.slice(0, -6)}zzzzzz`;
    const answers = [];
    for (const id of [call, unknown]) {
      const follower = followOver(transport, at(unrelated.token), CALL_CHANGED, { call: { id } });
      await follower.ended();
      answers.push(JSON.stringify(follower.errors).replaceAll(id, '<id>'));
      expect(refusalOf(follower)).toEqual({ changes: [], codes: ['NOT_FOUND'] });
    }
    expect(answers[0]).toBe(answers[1]);
  });

  it.each([
    ['a malformed cursor', CALLS_CHANGED, { after: 'nonsense' }, 'BAD_USER_INPUT', /^after\b/],
    ['the cursor of another list', CALLS_CHANGED, { after: 'Y2FsbHN8MQ' }, 'BAD_USER_INPUT', /^after\b/],
    ['a malformed id', CALL_CHANGED, { call: { id: 'call_1' } }, 'BAD_USER_INPUT', /^call\.id\b/],
    ['no call at all', CALL_CHANGED, { call: {} }, 'BAD_USER_INPUT', /\$call/],
    [
      'a filter that is too long',
      CALLS_CHANGED,
      { filter: { status: Array(101).fill('BUSY') } },
      'BAD_USER_INPUT',
      /^filter\.status\b/,
    ],
    [
      'a field that is not there',
      'subscription { callsChanged { nothing } }',
      {},
      'GRAPHQL_VALIDATION_FAILED',
      /nothing/,
    ],
    ['no GraphQL', 'subscription {', {}, 'GRAPHQL_PARSE_FAILED', /Syntax/],
    [
      'a document that is nested too deeply',
      `{ a ${'{ a '.repeat(300)}`,
      {},
      'GRAPHQL_PARSE_FAILED',
      /nested/,
    ],
  ])('%s is refused with the error of a query', async (_, document, variables, code, words) => {
    const follower = followOver(transport, at(owner.token), document, variables);
    await follower.ended();
    expect(refusalOf(follower)).toEqual({ changes: [], codes: [code] });
    expect(follower.errors[0]?.message).toMatch(words);
    expect(Object.keys(follower.errors[0]?.extensions ?? {})).not.toContain('stacktrace');
  });

  it('queries and mutations are answered as at /graphql', async () => {
    const query = '{ viewer { name scopes } call(id: "call_1") { id } }';
    const { data, errors } = await owner.send(query);
    const follower = followOver(transport, at(owner.token), query);
    await follower.ended();
    expect({ data: follower.answers[0]?.data, errors: follower.errors }).toEqual({ data, errors });
    const merge = followOver(
      transport,
      at(owner.token),
      'mutation ($id: ID!) { mergeCallMetadata(call: { id: $id }, metadata: { b: 1 }) { call { metadata } errors { code } } }',
      { id: call },
    );
    expect(await merge.ended()).toBe('complete');
    expect(merge.answers[0]?.data).toMatchObject({
      mergeCallMetadata: { call: { metadata: { b: 1 } }, errors: [] },
    });
    const other = await gateway.client({ organization: 'acme', scopes: ['CALLS_READ'] });
    const refused = followOver(
      transport,
      at(other.token),
      'mutation { hangUpCall(call: { id: "x" }) { errors { code } } }',
    );
    await refused.ended();
    expect(refusalOf(refused).codes).toEqual(['FORBIDDEN']);
  });

  it('an anonymous client may introspect over an event stream, but not over a WebSocket', async () => {
    const follower = followOver(transport, at(), '{ __schema { subscriptionType { name } } }');
    const end = await follower.ended();
    if (transport === 'ws') return expect(end).toMatchObject({ code: 4403 });
    expect(end).toBe('complete');
    expect(follower.answers.map(({ data }) => data)).toEqual([
      { __schema: { subscriptionType: { name: 'Subscription' } } },
    ]);
  });
});

it('a plain request does not subscribe', async () => {
  const { status, errors } = await owner.send('subscription { callsChanged { id } }');
  expect({ status, code: errors?.[0]?.extensions.code }).toEqual({ status: 400, code: 'BAD_REQUEST' });
});
