import { ApolloClient, ApolloLink, HttpLink } from '@apollo/client';
import { GraphQLWsLink } from '@apollo/client/link/subscriptions';
import { getMainDefinition } from '@apollo/client/utilities';
import { createClient } from 'graphql-ws';
import { WebSocket } from 'ws';
import { socketUrl } from '../../live/followers.js';
import type { ListTarget, ShownList } from '../shown-list.js';
import { CallList, newCache } from './call-list.js';

export function open({ url, token, filter, first }: ListTarget): ShownList {
  const Authorization = `Bearer ${token}`;
  const socket = createClient({
    url: socketUrl(url),
    connectionParams: { Authorization },
    webSocketImpl: WebSocket,
  });
  const client = new ApolloClient({
    cache: newCache(),
    link: ApolloLink.split(
      ({ query }) => {
        const definition = getMainDefinition(query);
        return definition.kind === 'OperationDefinition' && definition.operation === 'subscription';
      },
      new GraphQLWsLink(socket),
      new HttpLink({ uri: url, headers: { Authorization } }),
    ),
  });
  const list = new CallList(client, filter, first);
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
      client.stop();
      void socket.dispose();
    },
  };
}
