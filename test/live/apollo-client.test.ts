import {
  ApolloClient,
  ApolloLink,
  CombinedGraphQLErrors,
  gql,
  HttpLink,
  InMemoryCache,
  type OperationVariables,
} from '@apollo/client';
import { GraphQLWsLink } from '@apollo/client/link/subscriptions';
import { getMainDefinition } from '@apollo/client/utilities';
import { print } from 'graphql';
import { createClient as createSseClient, type Client as SseClient } from 'graphql-sse';
import { createClient as createWsClient } from 'graphql-ws';
import { Observable } from 'rxjs';
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { WebSocket } from 'ws';
import { givenCall } from '../support/documents.js';
import { type Client, openTestGateway, type TestGateway } from '../support/gateway.js';
import { untilFinal } from './final-log.js';
import { until } from './until.js';

let gateway: TestGateway;
beforeAll(async () => {
  // GraphQLWsLink reads this global when a subscription is refused; Node 20 has none.
  vi.stubGlobal('WebSocket', WebSocket);
  gateway = await openTestGateway();
});
afterAll(async () => {
  vi.unstubAllGlobals();
  await gateway.close();
});

function splitClient(token: string, live: ApolloLink): ApolloClient {
  const headers = { authorization: `Bearer ${token}` };
  const link = ApolloLink.split(
    ({ query }) => {
      const definition = getMainDefinition(query);
      return definition.kind === 'OperationDefinition' && definition.operation === 'subscription';
    },
    live,
    new HttpLink({ uri: gateway.url, headers }),
  );
  const client = new ApolloClient({ link, cache: new InMemoryCache() });
  onTestFinished(() => client.stop());
  return client;
}

function overWebSocket(token: string): ApolloLink {
  const client = createWsClient({
    url: gateway.url.replace(/^http/, 'ws'),
    connectionParams: { Authorization: `Bearer ${token}` },
    webSocketImpl: WebSocket,
  });
  onTestFinished(() => client.dispose());
  return new GraphQLWsLink(client);
}

/** As in the documentation of graphql-sse. */
class SseLink extends ApolloLink {
  readonly #client: SseClient;

  constructor(client: SseClient) {
    super();
    this.#client = client;
  }

  override request(operation: ApolloLink.Operation): Observable<ApolloLink.Result> {
    return new Observable((sink) =>
      this.#client.subscribe<ApolloLink.Result['data'] & Record<string, unknown>>(
        { ...operation, query: print(operation.query) },
        {
          next: (result) => sink.next(result as ApolloLink.Result),
          complete: () => sink.complete(),
          error: (error) => sink.error(error),
        },
      ),
    );
  }
}

function overServerSentEvents(token: string): ApolloLink {
  const client = createSseClient({
    url: `${gateway.url}/stream`,
    headers: { Authorization: `Bearer ${token}` },
  });
  onTestFinished(() => client.dispose());
  return new SseLink(client);
}

const CHANGES = gql`
  subscription Changes($filter: CallFilter, $after: String) {
    callsChanged(filter: $filter, after: $after) {
      id
      kind
      matches
      call {
        id
        metadata
        revision
      }
    }
  }
`;
const CHANGES_OF_ONE = gql`
  subscription ChangesOfOne($id: ID!, $after: String) {
    callChanged(call: { id: $id }, after: $after) {
      kind
      call {
        id
        metadata
      }
    }
  }
`;
const CALL = gql`
  query One($id: ID!) {
    changeCursor
    call(id: $id) {
      id
      metadata
      revision
    }
  }
`;
const MERGE = gql`
  mutation Merge($id: ID!, $metadata: JSONObject!) {
    mergeCallMetadata(call: { id: $id }, metadata: $metadata) {
      errors {
        code
      }
    }
  }
`;

type Change = { kind: string; matches?: boolean; call: { id: string; metadata: object; revision: number } };

function collected<Data>(
  client: ApolloClient,
  query: typeof CHANGES,
  variables: OperationVariables,
): { results: Data[]; errors: unknown[] } {
  const results: Data[] = [];
  const errors: unknown[] = [];
  const subscription = client.subscribe({ query, variables }).subscribe({
    next: ({ data, error }) => {
      if (error) errors.push(error);
      else results.push(data as Data);
    },
    error: (error) => errors.push(error),
  });
  onTestFinished(() => subscription.unsubscribe());
  return { results, errors };
}

const codesOf = (error: unknown) =>
  CombinedGraphQLErrors.is(error) ? error.errors.map(({ extensions }) => extensions?.code) : error;

describe.each([
  ['GraphQLWsLink', overWebSocket],
  ['a link of graphql-sse', overServerSentEvents],
])('Apollo Client with %s', (_, live) => {
  const world = async (): Promise<{ key: Client; client: ApolloClient; id: string; after: string }> => {
    const key = await gateway.client();
    const client = splitClient(key.token, live(key.token));
    const { id } = await givenCall(key, { metadata: { step: 0 } });
    await untilFinal(gateway.databaseUrl);
    const { data } = await client.query<{ changeCursor: string }>({ query: CALL, variables: { id } });
    return { key, client, id, after: data?.changeCursor ?? '' };
  };

  it('receives the changes that its mutations make over HTTP, and its cache is up to date', async () => {
    const { client, id, after } = await world();
    const all = collected<{ callsChanged: Change }>(client, CHANGES, { after });
    const one = collected<{ callChanged: Change }>(client, CHANGES_OF_ONE, { id, after });
    for (const step of [1, 2, 3]) {
      const { data } = await client.mutate({ mutation: MERGE, variables: { id, metadata: { step } } });
      expect(data).toMatchObject({ mergeCallMetadata: { errors: [] } });
      await until(`change ${step}`, () => all.results.length >= step && one.results.length >= step, 10_000);
    }
    expect([all.errors, one.errors]).toEqual([[], []]);
    expect(all.results.map(({ callsChanged }) => callsChanged)).toMatchObject(
      [1, 2, 3].map((step) => ({
        kind: 'METADATA_MERGED',
        matches: true,
        call: { id, metadata: { step }, revision: step + 1 },
      })),
    );
    expect(one.results.map(({ callChanged }) => callChanged.call.metadata)).toEqual([
      { step: 1 },
      { step: 2 },
      { step: 3 },
    ]);
    // A subscription's call is the same cache object as a query's, so the screen needs no new query.
    expect(client.readQuery({ query: CALL, variables: { id } })).toMatchObject({
      call: { id, metadata: { step: 3 }, revision: 4 },
    });
  });

  it('receives a call that leaves its list, and nothing else', async () => {
    const { key, client, id, after } = await world();
    const filter = { metadata: { contains: { step: 0 } } };
    const { results, errors } = collected<{ callsChanged: Change }>(client, CHANGES, { filter, after });
    const other = await givenCall(key, { metadata: { step: 9 } });
    for (const changed of [other.id, id]) {
      await client.mutate({ mutation: MERGE, variables: { id: changed, metadata: { step: 1 } } });
    }
    await until('the change', () => results.length > 0, 10_000);
    expect(errors).toEqual([]);
    expect(results.map(({ callsChanged }) => callsChanged)).toMatchObject([{ matches: false, call: { id } }]);
  });

  it('is refused with the code of queries when the cursor is malformed', async () => {
    const { client } = await world();
    const { results, errors } = collected(client, CHANGES, { after: 'nowhere' });
    await until('the refusal', () => errors.length > 0, 10_000);
    expect(errors.map(codesOf)).toEqual([['BAD_USER_INPUT']]);
    expect(results).toEqual([]);
  });
});
