import { gql } from '@apollo/client';
import { requestSubscription } from 'relay-runtime';
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { settled } from '../live/followers.js';
import { givenCall } from '../support/documents.js';
import { type Client, openTestGateway, type TestGateway } from '../support/gateway.js';
import { newApolloClient } from './apollo/open.js';
import { newRelayEnvironment } from './relay/open.js';
import { OPERATIONS } from './relay/operations.js';
import { newUrqlClient } from './urql/open.js';

let gateway: TestGateway;
let writer: Client;
beforeAll(async () => {
  gateway = await openTestGateway();
});
afterAll(() => gateway.close());

const target = () => ({ url: gateway.url, token: writer.token });

/** So many changes, of the same call. */
async function change(id: string, count: number, from = 0): Promise<void> {
  const items = Array.from({ length: count }, (_, n) => ({ call: { id }, metadata: { n: from + n } }));
  const { mergeCallsMetadata } = await writer.ask(
    'mutation ($items: [MergeCallMetadataItem!]!) { mergeCallsMetadata(items: $items) { errors { code } } }',
    { items },
  );
  expect(mergeCallsMetadata.flatMap(({ errors }: { errors: object[] }) => errors)).toEqual([]);
}

async function begun(): Promise<{ id: string; after: string }> {
  writer = await gateway.client();
  const { id } = await givenCall(writer);
  await settled(gateway);
  return { id, after: (await writer.ask('{ changeCursor }')).changeCursor };
}

const PATIENCE = { timeout: 60_000, interval: 5 };

describe('after a thousand changes', () => {
  it('the cache of Apollo Client is as large as after one', async () => {
    const { id, after } = await begun();
    const { client, live } = newApolloClient(target());
    onTestFinished(async () => {
      client.stop();
      await live.dispose();
    });
    const seen: number[] = [];
    const query = gql`
      subscription ($after: String) {
        callUpdates(after: $after) { cursor change { id kind newValues } call { id revision metadata } }
      }
    `;
    const older = gql`
      subscription ($after: String) { callsChanged(after: $after) { id cursor kind newValues call { id revision } } }
    `;
    client
      .subscribe<{ callUpdates: { call: { revision: number } } }>({ query, variables: { after } })
      .subscribe(({ data }) => data && seen.push(data.callUpdates.call.revision));
    let changes = 0;
    client.subscribe({ query: older, variables: { after } }).subscribe(() => {
      changes += 1;
    });
    await change(id, 1, 999);
    await vi.waitFor(() => expect([seen.length, changes]).toEqual([1, 1]), PATIENCE);
    const small = Object.keys(client.cache.extract() as object).toSorted();
    const size = JSON.stringify(client.cache.extract()).length;
    await change(id, 500);
    await change(id, 500, 500);
    await vi.waitFor(() => expect([seen.length, changes]).toEqual([1_001, 1_001]), PATIENCE);
    expect(seen.at(-1)).toBe(1_002);
    expect(Object.keys(client.cache.extract() as object).toSorted()).toEqual(small);
    expect(small).toContain(`Call:${id}`);
    expect(JSON.stringify(client.cache.extract()).length).toBeLessThan(size + 100);
    // What a change says of a call is in the cache all the same.
    const known = client.cache.readFragment<{ revision: number }>({
      id: `Call:${id}`,
      fragment: gql`fragment R on Call { revision }`,
    });
    expect(known?.revision).toBe(1_002);
  });

  it('the store of Relay has no more of them than a hundred', async () => {
    const { id, after } = await begun();
    const { environment, live } = newRelayEnvironment(target());
    onTestFinished(() => live.dispose());
    let count = 0;
    const subscription = requestSubscription(environment, {
      subscription: OPERATIONS.CallListSubscription,
      variables: { filter: null, after },
      onNext: () => {
        count += 1;
      },
    });
    onTestFinished(() => subscription.dispose());
    await change(id, 1);
    await vi.waitFor(() => expect(count).toBe(1), PATIENCE);
    const records = () => environment.getStore().getSource().size();
    const few = records();
    await change(id, 500, 1);
    await change(id, 499, 501);
    await vi.waitFor(() => expect(count).toBe(1_000), PATIENCE);
    await vi.waitFor(() => expect(records()).toBeLessThanOrEqual(few), PATIENCE);
  });
});

const SAY = { say: { text: 'Hello', locale: 'en-US', voice: 'x' } };

async function givenFlow(): Promise<string> {
  const { id } = await begun();
  const { replaceCallFlow } = await writer.ask(
    `mutation ($id: ID!, $commands: [CallFlowCommandInput!]!) {
      replaceCallFlow(call: { id: $id }, commands: $commands) { errors { message } }
    }`,
    { id, commands: [SAY, { hangup: {} }] },
  );
  expect(replaceCallFlow.errors).toEqual([]);
  return id;
}

const FLOW = `query ($id: ID!) { node(id: $id) { ...N ... on Call { callFlow { id commands { ...C } } } } }
  fragment N on Node { id }
  fragment C on CallFlowCommand { ...N command ... on SayCommand { text } }`;

describe('a fragment on an interface', () => {
  const shown = (id: string) => ({
    node: {
      id,
      callFlow: {
        commands: [{ id: expect.any(String), command: 'SAY', text: 'Hello' }, { command: 'HANGUP' }],
      },
    },
  });

  it('is whole in Apollo Client', async () => {
    const id = await givenFlow();
    const { client, live } = newApolloClient(target());
    onTestFinished(async () => {
      client.stop();
      await live.dispose();
    });
    const { data } = await client.query({ query: gql(FLOW), variables: { id } });
    expect(data).toMatchObject(shown(id));
  });

  it('is whole in graphcache, which warns of nothing', async () => {
    const id = await givenFlow();
    const warn = vi.spyOn(console, 'warn');
    onTestFinished(() => warn.mockRestore());
    const { client, live } = newUrqlClient(target());
    onTestFinished(() => live.dispose());
    const { data } = await client.query(FLOW, { id });
    expect(data).toMatchObject(shown(id));
    expect(warn.mock.calls).toEqual([]);
  });
});

describe('the type policies of Apollo Client', () => {
  it('merge what two queries know of the same part of a call, and warn of nothing', async () => {
    const { id } = await begun();
    await writer.ask(
      `mutation ($id: ID!) { updateCall(call: { id: $id }, input: { cost: { total: "1.5", currency: "USD" } }) { errors { message } } }`,
      { id },
    );
    const error = vi.spyOn(console, 'error');
    onTestFinished(() => error.mockRestore());
    const { client, live } = newApolloClient(target());
    onTestFinished(async () => {
      client.stop();
      await live.dispose();
    });
    const part = (field: string) => gql(`query ($id: ID!) { call(id: $id) { id cost { ${field} } } }`);
    for (const field of ['total', 'currency']) {
      await client.query({ query: part(field), variables: { id } });
    }
    const both = client.readQuery({ query: part('total currency'), variables: { id } });
    expect(both).toMatchObject({ call: { cost: { total: '1.5', currency: 'USD' } } });
    expect(error.mock.calls).toEqual([]);
  });

  it.each(['edges { cursor node { id } }', 'nodes { id }'])(
    'add a page of `%s` to the pages before it',
    async (items) => {
      await begun();
      for (let n = 0; n < 4; n += 1) await givenCall(writer);
      const { client, live } = newApolloClient(target());
      onTestFinished(async () => {
        client.stop();
        await live.dispose();
      });
      const query = gql(`query ($filter: CallFilter, $first: Int, $after: String) {
      calls(filter: $filter, first: $first, after: $after) { ${items} pageInfo { hasNextPage endCursor } }
    }`);
      type Page = {
        calls: {
          edges?: { node: { id: string } }[];
          nodes?: { id: string }[];
          pageInfo: { hasNextPage: boolean; endCursor: string };
        };
      };
      const idsOf = ({ calls }: Page) => calls.nodes ?? (calls.edges ?? []).map(({ node }) => node);
      const watched = client.watchQuery<Page>({ query, variables: { first: 2 } });
      const { data } = await client.query<Page>({ query, variables: { first: 2 } });
      let page = data as Page;
      while (page.calls.pageInfo.hasNextPage) {
        await watched.fetchMore({ variables: { after: page.calls.pageInfo.endCursor } });
        page = client.readQuery<Page>({ query, variables: { first: 2 } }) as Page;
      }
      const { calls } = await writer.ask('{ calls { nodes { id } } }');
      expect(idsOf(page)).toMatchObject(calls.nodes);
      expect(calls.nodes).toHaveLength(5);
      // Another filter is another list.
      const other = await client.query<Page>({
        query,
        variables: { first: 2, filter: { status: ['BUSY'] } },
      });
      expect(idsOf(other.data as Page)).toEqual([]);
      expect(idsOf(client.readQuery<Page>({ query, variables: { first: 2 } }) as Page)).toHaveLength(5);
    },
  );
});
