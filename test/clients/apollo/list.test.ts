import { ApolloClient, ApolloLink, gql, HttpLink, InMemoryCache } from '@apollo/client';
import { getMainDefinition } from '@apollo/client/utilities';
import { afterAll, beforeAll, expect, it, onTestFinished, vi } from 'vitest';
import { CallList, liveLink, possibleTypes, typePolicies } from '../../../packages/client/src/apollo.js';
import { signedInFetch } from '../../../packages/client/src/live/live-client.js';
import { settled } from '../../live/followers.js';
import { givenCall, upsertCall } from '../../support/documents.js';
import { type Client, openTestGateway, type TestGateway } from '../../support/gateway.js';
import { openLive } from '../open-live.js';

const CALL = gql`
  fragment Shown on Call { id status duration }
`;
const QUERY = gql`
  query Calls($filter: CallFilter, $orderBy: CallOrder, $first: Int!, $after: String) {
    changeCursor
    calls(filter: $filter, orderBy: $orderBy, first: $first, after: $after) {
      edges { cursor node { id ...Shown } }
      pageInfo { hasNextPage endCursor }
    }
  }
  ${CALL}
`;
const SUBSCRIPTION = gql`
  subscription CallUpdates($filter: CallFilter, $after: String) {
    callUpdates(filter: $filter, after: $after) { cursor transition removedCallId call { id ...Shown } }
  }
  ${CALL}
`;

let gateway: TestGateway;
let writer: Client;
beforeAll(async () => {
  gateway = await openTestGateway();
});
afterAll(() => gateway.close());

const PATIENCE = { timeout: 60_000, interval: 5 };
type Options = Partial<ConstructorParameters<typeof CallList>[1]>;

async function opened(options: Options = {}, { dataMasking = false } = {}) {
  const live = openLive({ url: gateway.url, token: writer.token });
  const client = new ApolloClient({
    dataMasking,
    cache: new InMemoryCache({ possibleTypes, typePolicies }),
    link: ApolloLink.split(
      ({ query }) => {
        const definition = getMainDefinition(query);
        return definition.kind === 'OperationDefinition' && definition.operation === 'subscription';
      },
      liveLink(live),
      new HttpLink({ uri: gateway.url, fetch: signedInFetch(writer.token) }),
    ),
  });
  const list = new CallList<{ id: string; status: string }>(client, {
    ...{ query: QUERY, subscription: SUBSCRIPTION, filter: null, first: 5 },
    ...options,
  });
  onTestFinished(async () => {
    list.close();
    client.stop();
    await live.dispose();
  });
  return { client, list };
}

async function givenCalls(count: number, input: object = {}): Promise<string[]> {
  const ids: string[] = [];
  for (let n = 0; n < count; n += 1) ids.unshift((await givenCall(writer, { duration: n, ...input })).id);
  return ids;
}

async function world(count: number): Promise<string[]> {
  writer = await gateway.client();
  const ids = await givenCalls(count);
  await settled(gateway);
  return ids;
}

it('changes that come together are one change of the cache', async () => {
  const ids = await world(3);
  const { client, list } = await opened({ gatherFor: 300 });
  await list.loadMore();
  expect(list.ids).toEqual(ids);
  const [before, heard, watched] = [list.ids, vi.fn(), vi.fn()];
  expect(list.ids).toBe(before);
  list.subscribe(heard);
  client.cache.watch({
    ...{ query: QUERY, variables: { filter: null, first: 5 }, optimistic: false },
    callback: watched,
  });
  const { upsertCalls } = await writer.ask(
    'mutation ($inputs: [UpsertCallInput!]!) { upsertCalls(inputs: $inputs) { call { id } } }',
    {
      inputs: Array.from({ length: 40 }, (_, n) => ({
        references: [{ system: 'OTHER', name: 'test', value: `together ${n % 20} of ${ids[0]}` }],
        duration: n,
      })),
    },
  );
  const entered = new Set<string>(upsertCalls.map(({ call }: { call: { id: string } }) => call.id));
  await expect.poll(() => list.ids.length, PATIENCE).toBe(23);
  expect(list.ids).toEqual([...[...entered].sort().reverse(), ...ids]);
  expect(list.nodes.map(({ id }) => id)).toEqual(list.ids);
  expect(heard.mock.calls.length).toBeLessThan(10);
  expect(watched.mock.calls.length).toBe(heard.mock.calls.length);
});

it('a call that the list does not show is not kept', async () => {
  const ids = await world(8);
  const { client, list } = await opened();
  await list.loadMore();
  await upsertCall(writer, { references: [{ system: 'OTHER', name: 'test', value: 'old' }] });
  await writer.ask(
    'mutation ($id: ID!) { updateCall(call: { id: $id }, input: { status: BUSY }) { errors { code } } }',
    { id: ids[7] },
  );
  const [last] = await givenCalls(1);
  await expect.poll(() => list.ids[0], PATIENCE).toBe(last);
  expect(Object.keys(client.cache.extract() as object)).not.toContain(`Call:${ids[7]}`);
});

it('in another order calls keep their places, and those that enter wait', async () => {
  const ids = await world(4);
  const { list } = await opened({ orderBy: { field: 'DURATION', direction: 'ASC' } });
  await list.loadMore();
  const shortestFirst = ids.toReversed();
  expect(list.ids).toEqual(shortestFirst);
  const [entered] = await givenCalls(1, { duration: 2 });
  await expect.poll(() => [...list.waiting], PATIENCE).toEqual([entered]);
  await writer.ask(
    'mutation ($id: ID!) { updateCall(call: { id: $id }, input: { status: BUSY, duration: 99 }) { errors { code } } }',
    { id: shortestFirst[0] },
  );
  await expect.poll(() => list.nodes[0]?.status, PATIENCE).toBe('BUSY');
  expect(list.ids).toEqual(shortestFirst);
  await writer.ask('mutation ($id: ID!) { eraseCall(call: { id: $id }) { errors { code } } }', {
    id: shortestFirst[1],
  });
  await expect.poll(() => list.ids, PATIENCE).toEqual([ids[3], ids[1], ids[0]]);
  await list.readAnew();
  expect(list.ids).toEqual([ids[1], entered, ids[0], ids[3]]);
  expect(list.waiting.size).toBe(0);
});

it('closed while it reads it follows nothing, and resumed it goes on after the last change', async () => {
  const ids = await world(2);
  const { list } = await opened();
  const reading = list.loadMore();
  list.close();
  await reading;
  expect(list.ids).toEqual(ids);
  await list.readAnew();
  await gateway.subscribers(1);
  const [first] = await givenCalls(1);
  await expect.poll(() => list.ids[0], PATIENCE).toBe(first);
  list.close();
  await gateway.subscribers(0);
  const [second] = await givenCalls(1);
  list.resume();
  await expect.poll(() => list.ids, PATIENCE).toEqual([second, first, ...ids]);
});

it('a client that masks data keeps its list right as well', async () => {
  const ids = await world(2);
  const { list } = await opened({}, { dataMasking: true });
  await list.loadMore();
  expect(list.ids).toEqual(ids);
  const [entered] = await givenCalls(1, { status: 'RINGING' });
  await expect.poll(() => list.nodes.map(({ id }) => id), PATIENCE).toEqual([entered, ...ids]);
  expect(list.nodes[0]?.status).toBe('RINGING');
});

it('the query of a list must select calls', async () => {
  await world(1);
  const { list } = await opened({ query: gql`{ changeCursor }` });
  await expect(list.loadMore()).rejects.toThrow('must select `calls`');
});
