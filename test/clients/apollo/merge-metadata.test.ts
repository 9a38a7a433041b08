import { type ApolloClient, gql } from '@apollo/client';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it, onTestFinished, vi } from 'vitest';
import { WebSocket } from 'ws';
import { type Json, mergePatch } from '../../metadata/reference.js';
import { givenCall, readCall } from '../../support/documents.js';
import { type Client, openTestGateway, type TestGateway } from '../../support/gateway.js';
import { merged, mergeMetadata } from './merge-metadata.js';
import { newClient } from './new-client.js';

const CALL = gql`query Call($id: ID!) { call(id: $id) { id metadata } }`;

type Shown = { call: { __typename: 'Call'; id: string; metadata: Record<string, unknown> } };

let gateway: TestGateway;
let owner: Client;
beforeAll(async () => {
  vi.stubGlobal('WebSocket', WebSocket);
  gateway = await openTestGateway();
  owner = await gateway.client();
});
afterAll(async () => {
  vi.unstubAllGlobals();
  await gateway.close();
});

/** A client that shows a call, and what it has shown of its metadata. */
async function showing(id: string) {
  const client = newClient(gateway.url, owner.token);
  const shown: object[] = [];
  const subscription = client
    .watchQuery<Shown>({
      ...{ query: CALL, variables: { id }, notifyOnNetworkStatusChange: false },
    })
    .subscribe(({ data }) => {
      if (data?.call?.metadata) shown.push(data.call.metadata);
    });
  onTestFinished(() => {
    subscription.unsubscribe();
    client.stop();
  });
  await expect.poll(() => shown.length).toBe(1);
  return { client, shown };
}

const callOf = (client: ApolloClient, id: string) => {
  const call = client.readQuery<Shown>({ query: CALL, variables: { id } })?.call;
  if (call === undefined) throw new Error('the call is not in the cache');
  return call;
};

it('shows a merge at once, and then the answer, with what others have merged', async () => {
  const { id } = await givenCall(owner, { metadata: { a: 1, nested: { b: 2, c: 3 } } });
  const { client, shown } = await showing(id);
  await owner.ask(
    `mutation { mergeCallMetadata(call: { id: "${id}" }, metadata: { other: 1 }) { errors { code } } }`,
  );
  expect(await mergeMetadata(client, callOf(client, id), { a: null, nested: { b: 4 } })).toEqual([]);
  await expect.poll(() => shown.length).toBe(3);
  expect(shown).toEqual([
    { a: 1, nested: { b: 2, c: 3 } },
    { nested: { b: 4, c: 3 } },
    { nested: { b: 4, c: 3 }, other: 1 },
  ]);
  expect((await readCall(owner, id)).metadata).toEqual(shown.at(-1));
});

it('takes a merge back that is refused', async () => {
  const { id } = await givenCall(owner, { metadata: { a: 1 } });
  const { client, shown } = await showing(id);
  const big = 'x'.repeat(300_000);
  expect(await mergeMetadata(client, callOf(client, id), { big })).toEqual([
    expect.stringContaining('262144'),
  ]);
  await expect.poll(() => shown.length).toBe(3);
  expect(shown).toEqual([{ a: 1 }, { a: 1, big }, { a: 1 }]);
  expect((await readCall(owner, id)).metadata).toEqual({ a: 1 });
});

it('merges as RFC 7396 says', () => {
  const object = () =>
    fc.dictionary(fc.constantFrom('a', 'b', 'c'), fc.jsonValue({ maxDepth: 3 }), { noNullPrototype: true });
  fc.assert(
    fc.property(object(), object(), (target, patch) => {
      expect(merged(target, patch)).toEqual(mergePatch(target as Json, patch as Json));
    }),
  );
});
