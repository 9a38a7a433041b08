import { createClient } from 'graphql-ws';
import { Environment, type GraphQLResponse, Network, Observable, RecordSource, Store } from 'relay-runtime';
import { WebSocket } from 'ws';
import { socketUrl } from '../../live/followers.js';
import type { ListTarget, ShownList } from '../shown-list.js';
import { CallList } from './call-list.js';

export function open({ url, token, filter, first }: ListTarget): ShownList {
  const Authorization = `Bearer ${token}`;
  const socket = createClient({
    url: socketUrl(url),
    connectionParams: { Authorization },
    webSocketImpl: WebSocket,
  });
  const network = Network.create(
    async ({ text: query }, variables) => {
      const answer = await fetch(url, {
        method: 'POST',
        headers: { Authorization, 'content-type': 'application/json' },
        body: JSON.stringify({ query, variables }),
      });
      return (await answer.json()) as GraphQLResponse;
    },
    ({ text }, variables) =>
      Observable.create((sink) =>
        // biome-ignore lint/suspicious/noExplicitAny: the two libraries name the same answer differently
        socket.subscribe({ query: text ?? '', variables }, sink as any),
      ),
  );
  const environment = new Environment({ network, store: new Store(new RecordSource()) });
  const list = new CallList(environment, filter, first);
  return {
    loadMore: () => list.loadMore(),
    calls: () =>
      (list.connection?.edges ?? []).map(({ node: { id, status, metadata, revision } }) => ({
        id,
        status,
        metadata,
        revision,
      })),
    hasNextPage: () => list.connection?.pageInfo.hasNextPage ?? true,
    close: () => {
      list.close();
      void socket.dispose();
    },
  };
}
