import { createClient, fetchExchange, gql } from '@urql/core';
import { cacheExchange } from '@urql/exchange-graphcache';
import { callListUpdates, keys, schema } from '../../../packages/client/src/graphcache.js';
import { signedInFetch } from '../../../packages/client/src/live/live-client.js';
import { CallList, liveExchange } from '../../../packages/client/src/urql.js';
import { openLive } from '../open-live.js';
import type { ListTarget, ShownCall, ShownList } from '../shown-list.js';

const CALLS = gql`
  query Calls($filter: CallFilter, $first: Int!, $after: String) {
    changeCursor
    calls(filter: $filter, first: $first, after: $after) {
      edges { cursor node { id status metadata revision } }
      pageInfo { hasNextPage }
    }
  }
`;
export const CALL_UPDATES = gql`
  subscription CallUpdates($filter: CallFilter, $after: String) {
    callUpdates(filter: $filter, after: $after) {
      cursor
      transition
      removedCallId
      call { id status metadata revision }
    }
  }
`;

export function newUrqlClient(target: Pick<ListTarget, 'url' | 'token'>, live = openLive(target)) {
  const client = createClient({
    url: target.url,
    fetch: signedInFetch(target.token),
    exchanges: [
      cacheExchange({ keys, schema, updates: callListUpdates(CALLS) }),
      fetchExchange,
      liveExchange(live),
    ],
  });
  return { client, live };
}

export function open(target: ListTarget): ShownList {
  const { client, live } = newUrqlClient(
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
      void live.dispose();
    },
  };
}
