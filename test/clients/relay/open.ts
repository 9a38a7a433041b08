import { Environment, RecordSource, Store } from 'relay-runtime';
import { CallList, createNetwork, getDataID } from '../../../packages/client/src/relay.js';
import { openLive } from '../open-live.js';
import type { ListTarget, ShownCall, ShownList } from '../shown-list.js';
import { OPERATIONS } from './operations.js';

export function newRelayEnvironment(target: Pick<ListTarget, 'url' | 'token'>, live = openLive(target)) {
  const store = new Store(new RecordSource());
  const environment = new Environment({
    network: createNetwork({ ...target, live, store }),
    store,
    getDataID,
  });
  return { environment, live };
}

export function open(target: ListTarget): ShownList {
  const { url, liveUrl = url, token, filter, first } = target;
  const { environment, live } = newRelayEnvironment({ url, token }, openLive({ url: liveUrl, token }));
  const list = new CallList<ShownCall>(environment, {
    query: OPERATIONS.CallListQuery,
    subscription: OPERATIONS.CallListSubscription,
    connectionKey: 'CallList_calls',
    filter,
    first,
  });
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
