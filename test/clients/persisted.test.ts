import { createHash } from 'node:crypto';
import { ApolloClient, gql, HttpLink, InMemoryCache } from '@apollo/client';
import { PersistedQueryLink } from '@apollo/client/link/persisted-queries';
import { createClient, fetchExchange } from '@urql/core';
import { persistedExchange } from '@urql/exchange-persisted';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { givenCall } from '../support/documents.js';
import { type Client, openTestGateway, type TestGateway } from '../support/gateway.js';

let gateway: TestGateway;
let client: Client;
let call: { id: string; status: string };

beforeAll(async () => {
  gateway = await openTestGateway({ persistedOperations: 'auto' });
  client = await gateway.client();
  call = await givenCall(client);
});
afterAll(() => gateway.close());

interface Sent {
  method: string;
  hasText: boolean;
}

/** Notes what a client sends. */
function watched(): { sent: Sent[]; fetch: typeof fetch } {
  const sent: Sent[] = [];
  return {
    sent,
    fetch: (input, init) => {
      const parameters =
        init?.method === 'GET'
          ? Object.fromEntries(new URL(String(input)).searchParams)
          : JSON.parse(String(init?.body));
      sent.push({ method: init?.method ?? 'GET', hasText: Boolean(parameters.query) });
      return fetch(input, init);
    },
  };
}

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
const headers = () => ({ authorization: `Bearer ${client.token}`, 'apollo-require-preflight': '1' });
const MISS_THEN_HITS: Sent[] = [
  { method: 'GET', hasText: false },
  { method: 'POST', hasText: true },
  { method: 'GET', hasText: false },
];

it("Apollo Client's link asks by GET with the hash, sends a text once by POST, and a mutation by POST", async () => {
  const { sent, fetch } = watched();
  const apollo = new ApolloClient({
    cache: new InMemoryCache(),
    link: new PersistedQueryLink({ sha256, useGETForHashedQueries: true }).concat(
      new HttpLink({ uri: gateway.url, headers: headers(), fetch }),
    ),
  });
  const query = gql`query ApolloCall($id: ID!) { call(id: $id) { id status } }`;
  for (const _ of [1, 2]) {
    const { data } = await apollo.query({ query, variables: { id: call.id }, fetchPolicy: 'network-only' });
    expect(data).toMatchObject({ call: { id: call.id, status: call.status } });
  }
  expect(sent.splice(0)).toEqual(MISS_THEN_HITS);
  const mutation = gql`mutation ApolloMerge($call: CallLocator!) {
    mergeCallMetadata(call: $call, metadata: { apollo: true }) { call { id metadata } }
  }`;
  await apollo.mutate({ mutation, variables: { call: { id: call.id } } });
  expect(sent).toEqual([
    { method: 'POST', hasText: false },
    { method: 'POST', hasText: true },
  ]);
  apollo.stop();
});

it("urql's exchange asks by GET with the hash, and sends a text once", async () => {
  const { sent, fetch } = watched();
  const urql = createClient({
    url: gateway.url,
    preferGetMethod: false,
    fetchOptions: { headers: headers() },
    fetch,
    exchanges: [persistedExchange({ preferGetForPersistedQueries: true }), fetchExchange],
  });
  const query = 'query UrqlCall($id: ID!) { call(id: $id) { id status } }';
  for (const _ of [1, 2]) {
    const { data, error } = await urql
      .query(query, { id: call.id }, { requestPolicy: 'network-only' })
      .toPromise();
    expect(error).toBeUndefined();
    expect(data).toMatchObject({ call: { id: call.id, status: call.status } });
  }
  expect(sent.map(({ hasText }) => hasText)).toEqual([false, true, false]);
  expect(sent[0]?.method).toBe('GET');
  expect(sent[2]?.method).toBe('GET');
});

it('both go on with the text where persisted operations are off', async () => {
  const off = await openTestGateway();
  const own = await off.client();
  const authorization = `Bearer ${own.token}`;
  const { sent, fetch } = watched();
  const apollo = new ApolloClient({
    cache: new InMemoryCache(),
    link: new PersistedQueryLink({ sha256 }).concat(
      new HttpLink({ uri: off.url, headers: { authorization }, fetch }),
    ),
  });
  const query = gql`query Viewer { viewer { organization { slug } } }`;
  for (const _ of [1, 2]) {
    const { data } = await apollo.query({ query, fetchPolicy: 'network-only' });
    expect(data).toMatchObject({ viewer: {} });
  }
  expect(sent.splice(0).map(({ hasText }) => hasText)).toEqual([false, true, true]);
  const urql = createClient({
    url: off.url,
    preferGetMethod: false,
    fetchOptions: { headers: { authorization } },
    fetch,
    exchanges: [persistedExchange({ preferGetForPersistedQueries: false }), fetchExchange],
  });
  for (const _ of [1, 2]) {
    const { data } = await urql
      .query('{ viewer { __typename } }', {}, { requestPolicy: 'network-only' })
      .toPromise();
    expect(data).toMatchObject({ viewer: {} });
  }
  expect(sent.map(({ hasText }) => hasText)).toEqual([false, true, true]);
  apollo.stop();
  await off.close();
});
