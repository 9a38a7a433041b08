import { type Client, gql } from '@urql/core';
import { type Cache, cacheExchange } from '@urql/exchange-graphcache';

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
interface Page {
  calls: { edges: Edge[]; pageInfo: { hasNextPage: boolean } };
}
interface Update {
  cursor: string;
  transition: 'ENTERED' | 'STILL' | 'LEFT';
  removedCallId: string | null;
  call: Call;
}
interface Variables extends Record<string, unknown> {
  filter: object | null;
  first: number;
  after: string | null;
}

const CALLS = gql<Page & { changeCursor: string }, Variables>`
  query Calls($filter: CallFilter, $first: Int!, $after: String) {
    changeCursor
    calls(filter: $filter, first: $first, after: $after) {
      edges { cursor node { id status metadata revision } }
      pageInfo { hasNextPage }
    }
  }
`;
const PAGE = gql<Page, Variables>`
  query Page($filter: CallFilter, $first: Int!, $after: String) {
    calls(filter: $filter, first: $first, after: $after) {
      edges { cursor node { id status metadata revision } }
      pageInfo { hasNextPage }
    }
  }
`;
const CALL_UPDATES = gql<{ callUpdates: Update }, { filter: object | null; after: string | null }>`
  subscription CallUpdates($filter: CallFilter, $after: String) {
    callUpdates(filter: $filter, after: $after) {
      cursor
      transition
      removedCallId
      call { id status metadata revision }
    }
  }
`;

const withoutKey = () => null;

export const newCacheExchange = () =>
  cacheExchange({
    keys: { CallConnection: withoutKey, CallEdge: withoutKey, CallUpdate: withoutKey, PageInfo: withoutKey },
    updates: {
      Subscription: {
        callUpdates: (result, { filter }, cache) =>
          take(cache, filter, (result as { callUpdates: Update }).callUpdates),
      },
    },
  });

/** Every page that the cache has of this filter, from the newest call on. */
function pagesOf(cache: Cache, filter: unknown): { variables: Variables; page: Page }[] {
  return cache
    .inspectFields('Query')
    .filter(({ fieldName }) => fieldName === 'calls')
    .map((field) => field.arguments as Variables)
    .filter((variables) => JSON.stringify(variables.filter ?? null) === JSON.stringify(filter ?? null))
    .flatMap((variables) => {
      const page = cache.readQuery({ query: PAGE, variables });
      return page === null ? [] : [{ variables, page }];
    });
}

function take(cache: Cache, filter: unknown, { transition, removedCallId, call }: Update): void {
  const isGone = (id: string) => id === removedCallId || (id === call.id && transition === 'LEFT');
  const pages = pagesOf(cache, filter);
  const isListed = pages.some(({ page }) => page.calls.edges.some(({ node }) => node.id === call.id));
  const home =
    isGone(call.id) || isListed
      ? undefined
      : pageFor(
          call.id,
          pages.map(({ page }) => page),
        );
  for (const { variables, page } of pages) {
    const kept = page.calls.edges.filter(({ node }) => !isGone(node.id));
    if (page === home) {
      const at = kept.findIndex(({ node }) => node.id < call.id);
      kept.splice(at >= 0 ? at : kept.length, 0, { __typename: 'CallEdge', cursor: '', node: call });
    }
    cache.updateQuery({ query: PAGE, variables }, () => ({ ...page, calls: { ...page.calls, edges: kept } }));
  }
  if (removedCallId !== null) cache.invalidate({ __typename: 'Call', id: removedCallId });
}

/** Newest first is the order of ids. An older call comes with a later page, if there is one. */
function pageFor(id: string, pages: Page[]): Page | undefined {
  const lastOf = ({ calls }: Page) => calls.edges.at(-1)?.node.id ?? '';
  const [nearest] = pages
    .filter((page) => lastOf(page) !== '' && lastOf(page) < id)
    .toSorted((one, other) => (lastOf(one) > lastOf(other) ? -1 : 1));
  return nearest ?? pages.find(({ calls }) => !calls.pageInfo.hasNextPage);
}

export class CallList {
  readonly #client: Client;
  readonly #filter: object | null;
  readonly #first: number;
  readonly #afters = new Set<string | null>();
  #cursor: string | null = null;
  #subscription: { unsubscribe(): void } | undefined;

  constructor(client: Client, filter: object | null, first: number) {
    this.#client = client;
    this.#filter = filter;
    this.#first = first;
  }

  get pages(): Page['calls'][] {
    return [...this.#afters].flatMap((after) => {
      const page = this.#client.readQuery(PAGE, { filter: this.#filter, first: this.#first, after });
      return page?.data?.calls ?? [];
    });
  }

  get edges(): Edge[] {
    return this.pages
      .flatMap(({ edges }) => edges)
      .toSorted((one, other) => (one.node.id > other.node.id ? -1 : 1));
  }

  /** The next page begins after the last edge that is still in the list. */
  async loadMore(): Promise<void> {
    const before = this.#cursor;
    const after = this.edges.at(-1)?.cursor ?? null;
    const variables = { filter: this.#filter, first: this.#first, after };
    const { data } = await this.#client.query(CALLS, variables, { requestPolicy: 'network-only' });
    this.#afters.add(after);
    // The page may be older than what was sent while it was read: that is sent once more.
    this.#follow(before ?? data?.changeCursor ?? null);
  }

  close(): void {
    this.#subscription?.unsubscribe();
  }

  #follow(after: string | null): void {
    this.close();
    this.#cursor = after;
    this.#subscription = this.#client
      .subscription(CALL_UPDATES, { filter: this.#filter, after })
      .subscribe(({ data }) => {
        this.#cursor = data?.callUpdates.cursor ?? this.#cursor;
      });
  }
}
