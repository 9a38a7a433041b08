import { ApolloClient, ApolloLink, gql, HttpLink, InMemoryCache } from '@apollo/client';
import { getMainDefinition } from '@apollo/client/utilities';
import { CallList, liveLink, possibleTypes, typePolicies } from '../../../packages/client/src/apollo.js';
import { signedInFetch } from '../../../packages/client/src/live/live-client.js';
import { openLive } from '../open-live.js';
import type { ListTarget, ShownCall, ShownList } from '../shown-list.js';

const CALL = gql`
  fragment ListedCall on Call { id status metadata revision }
`;
const CALLS = gql`
  query Calls($filter: CallFilter, $first: Int!, $after: String) {
    changeCursor
    calls(filter: $filter, first: $first, after: $after) {
      edges { cursor node { ...ListedCall } }
      pageInfo { hasNextPage endCursor }
    }
  }
  ${CALL}
`;
export const CALL_UPDATES = gql`
  subscription CallUpdates($filter: CallFilter, $after: String) {
    callUpdates(filter: $filter, after: $after) { cursor transition removedCallId call { ...ListedCall } }
  }
  ${CALL}
`;

export function newApolloClient(target: Pick<ListTarget, 'url' | 'token'>, live = openLive(target)) {
  const client = new ApolloClient({
    cache: new InMemoryCache({ possibleTypes, typePolicies }),
    link: ApolloLink.split(
      ({ query }) => {
        const definition = getMainDefinition(query);
        return definition.kind === 'OperationDefinition' && definition.operation === 'subscription';
      },
      liveLink(live),
      new HttpLink({ uri: target.url, fetch: signedInFetch(target.token) }),
    ),
  });
  return { client, live };
}

export function open(target: ListTarget): ShownList {
  const { client, live } = newApolloClient(
    target,
    openLive({ token: target.token, url: target.liveUrl ?? target.url }),
  );
  const { filter, first } = target;
  const list = new CallList<ShownCall>(client, { query: CALLS, subscription: CALL_UPDATES, filter, first });
  return {
    loadMore: () => list.loadMore(),
    calls: () => list.nodes.map(({ id, status, metadata, revision }) => ({ id, status, metadata, revision })),
    hasNextPage: () => list.hasNextPage,
    close: () => {
      list.close();
      client.stop();
      void live.dispose();
    },
  };
}
