import { ApolloClient, ApolloLink, HttpLink, InMemoryCache } from '@apollo/client';
import { GraphQLWsLink } from '@apollo/client/link/subscriptions';
import { relayStylePagination } from '@apollo/client/utilities';
import { OperationTypeNode } from 'graphql';
import { createClient } from 'graphql-ws';

/** `url` is `http://127.0.0.1:4000/graphql`. */
export function newClient(url: string, token: string): ApolloClient {
  const Authorization = `Bearer ${token}`;
  const socket = createClient({ url: url.replace('http', 'ws'), connectionParams: { Authorization } });
  return new ApolloClient({
    cache: new InMemoryCache({
      typePolicies: { Query: { fields: { calls: relayStylePagination(['filter', 'orderBy']) } } },
    }),
    link: ApolloLink.split(
      ({ operationType }) => operationType === OperationTypeNode.SUBSCRIPTION,
      new GraphQLWsLink(socket),
      new HttpLink({ uri: url, headers: { Authorization } }),
    ),
  });
}
