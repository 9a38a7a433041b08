import { createClient, fetchExchange, subscriptionExchange } from '@urql/core';
import { createClient as createSocket } from 'graphql-ws';
import { WebSocket } from 'ws';
import { socketUrl } from '../../live/followers.js';
import type { ListTarget, ShownList } from '../shown-list.js';
import { CallList, newCacheExchange } from './call-list.js';

export function open({ url, token, filter, first }: ListTarget): ShownList {
  const Authorization = `Bearer ${token}`;
  const socket = createSocket({
    url: socketUrl(url),
    connectionParams: { Authorization },
    webSocketImpl: WebSocket,
  });
  const client = createClient({
    url,
    preferGetMethod: false,
    fetchOptions: { headers: { Authorization } },
    exchanges: [
      newCacheExchange(),
      fetchExchange,
      subscriptionExchange({
        forwardSubscription: ({ query = '', variables }) => ({
          subscribe: (sink) => ({
            unsubscribe: socket.subscribe(
              { query, variables: variables as object as Record<string, unknown> },
              sink,
            ),
          }),
        }),
      }),
    ],
  });
  const list = new CallList(client, filter, first);
  return {
    loadMore: () => list.loadMore(),
    calls: () =>
      list.edges.map(({ node: { id, status, metadata, revision } }) => ({ id, status, metadata, revision })),
    hasNextPage: () => list.pages.every(({ pageInfo }) => pageInfo.hasNextPage),
    close: () => {
      list.close();
      void socket.dispose();
    },
  };
}
