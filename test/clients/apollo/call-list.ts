import { type ApolloClient, gql, InMemoryCache } from '@apollo/client';
import { relayStylePagination } from '@apollo/client/utilities';

interface Call {
  id: string;
  status: string;
  metadata: object;
  revision: number;
}
interface Edge {
  __typename: 'CallEdge';
  cursor: string;
  node: Call;
}
interface Connection {
  edges: Edge[];
  pageInfo: { hasNextPage: boolean; endCursor: string | null };
}
interface Update {
  cursor: string;
  transition: 'ENTERED' | 'STILL' | 'LEFT';
  removedCallId: string | null;
  call: Call;
}

export const newCache = () =>
  new InMemoryCache({ typePolicies: { Query: { fields: { calls: relayStylePagination(['filter']) } } } });

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
const CALL_UPDATES = gql`
  subscription CallUpdates($filter: CallFilter, $after: String) {
    callUpdates(filter: $filter, after: $after) { cursor transition removedCallId call { ...ListedCall } }
  }
  ${CALL}
`;

export class CallList {
  readonly #client: ApolloClient;
  readonly #list: { query: typeof CALLS; variables: { filter: object | null; first: number } };
  #cursor: string | null = null;
  #subscription: { unsubscribe(): void } | undefined;

  constructor(client: ApolloClient, filter: object | null, first: number) {
    this.#client = client;
    this.#list = { query: CALLS, variables: { filter, first } };
  }

  get connection(): Connection | undefined {
    return this.#client.readQuery<{ calls: Connection }>(this.#list)?.calls;
  }

  /** The next page begins after the last edge of a page that is still in the list. */
  async loadMore(): Promise<void> {
    const before = this.#cursor;
    const after = lastCursor(this.connection?.edges ?? []);
    const variables = { ...this.#list.variables, after };
    const { data } = await this.#client.query<{ changeCursor: string }>({
      query: CALLS,
      variables,
      fetchPolicy: 'network-only',
    });
    // The page may be older than what was sent while it was read: that is sent once more.
    this.#follow(before ?? data?.changeCursor ?? null);
  }

  close(): void {
    this.#subscription?.unsubscribe();
  }

  #follow(after: string | null): void {
    this.close();
    this.#cursor = after;
    const { filter } = this.#list.variables;
    this.#subscription = this.#client
      .subscribe<{ callUpdates: Update }>({ query: CALL_UPDATES, variables: { filter, after } })
      .subscribe(({ data }) => data && this.#take(data.callUpdates));
  }

  #take(update: Update): void {
    this.#cursor = update.cursor;
    const { cache } = this.#client;
    cache.updateQuery<{ calls: Connection }>(
      this.#list,
      (data) => data && { ...data, calls: updated(data.calls, update) },
    );
    const removed = { __typename: 'Call', id: update.removedCallId ?? '' };
    if (update.removedCallId !== null) cache.evict({ id: cache.identify(removed) });
  }
}

/** Those that an update has added have none. */
const lastCursor = (edges: Edge[]) => edges.findLast(({ cursor }) => cursor !== '')?.cursor ?? null;

function updated({ edges, pageInfo }: Connection, { transition, removedCallId, call }: Update): Connection {
  const isGone = (id: string) => id === removedCallId || (id === call.id && transition === 'LEFT');
  const kept = edges.filter(({ node }) => !isGone(node.id));
  const isListed = kept.some(({ node }) => node.id === call.id);
  // Newest first is the order of ids. An older call comes with a later page, if there is one.
  const at = kept.findIndex(({ node }) => node.id < call.id);
  const isWithin = at >= 0 || !pageInfo.hasNextPage;
  if (!isGone(call.id) && !isListed && isWithin) {
    kept.splice(at >= 0 ? at : kept.length, 0, { __typename: 'CallEdge', cursor: '', node: call });
  }
  return { edges: kept, pageInfo: { ...pageInfo, endCursor: lastCursor(kept) } };
}
