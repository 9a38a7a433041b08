import type { DocumentNode } from 'graphql';
import {
  type CallEdge,
  type CallListData,
  type CallListVariables,
  type CallPage,
  type CallUpdate,
  isCursorLost,
  lastCursor,
  updatedEdges,
} from './lists/call-update.js';

interface Result {
  // biome-ignore lint/suspicious/noExplicitAny: a document's data, of which Apollo Client 3 and 4 have different types
  data?: any;
  error?: unknown;
  errors?: readonly unknown[];
}

/** What a list needs of an ApolloClient, whose type has a parameter in version 3 and none in version 4. */
interface Client {
  query(options: {
    query: DocumentNode;
    variables: Record<string, unknown>;
    fetchPolicy: 'network-only';
  }): Promise<unknown>;
  subscribe(options: { query: DocumentNode; variables: Record<string, unknown> }): {
    subscribe(sink: { next(result: Result): void; error(error: unknown): void }): { unsubscribe(): void };
  };
  // biome-ignore lint/suspicious/noExplicitAny: as above
  readQuery(options: { query: DocumentNode; variables: Record<string, unknown> }): any;
  cache: {
    updateQuery(
      options: { query: DocumentNode; variables: Record<string, unknown> },
      // biome-ignore lint/suspicious/noExplicitAny: as above
      update: (data: any) => any,
    ): unknown;
    identify(object: { __typename: string; id: string }): string | undefined;
    evict(options: { id: string }): boolean;
  };
}

export interface ApolloList extends CallListVariables {
  /** Selects `changeCursor`, and of `calls(filter: $filter, first: $first, after: $after)` the edges with cursors. */
  query: DocumentNode;
  /** Selects of `callUpdates(filter: $filter, after: $after)` cursor, transition, removedCallId and the same of `call`. */
  subscription: DocumentNode;
  onError?: (error: unknown) => void;
}

/** Keeps a filtered list of calls in the default order right, in the cache of the kit's type policies. */
export class CallList<Node extends { id: string } = { id: string }> {
  readonly #client: Client;
  readonly #options: ApolloList;
  #cursor: string | null = null;
  #subscription: { unsubscribe(): void } | undefined;

  constructor(client: Client, options: ApolloList) {
    this.#client = client;
    this.#options = options;
  }

  get #list() {
    const { query, filter, first } = this.#options;
    return { query, variables: { filter, first } };
  }

  get page(): CallPage<Node> | undefined {
    return (this.#client.readQuery(this.#list) as CallListData<Node> | null)?.calls;
  }

  get nodes(): Node[] {
    return this.page?.edges.map(({ node }) => node) ?? [];
  }

  get hasNextPage(): boolean {
    return this.page?.pageInfo.hasNextPage ?? true;
  }

  /** The first page, then the next one, which begins after the last edge of a page that is still in the list. */
  async loadMore(): Promise<void> {
    const before = this.#cursor;
    const changeCursor = await this.#read(lastCursor(this.page?.edges ?? []));
    // The page may be older than what was sent while it was read: that is sent once more.
    this.#follow(before ?? changeCursor);
  }

  /** Also what to do when the log was set back: the list begins with its first page again. */
  async readAnew(): Promise<void> {
    this.close();
    this.#follow(await this.#read(null));
  }

  close(): void {
    this.#subscription?.unsubscribe();
  }

  async #read(after: string | null): Promise<string | null> {
    const { query, variables } = this.#list;
    const { data, error, errors } = (await this.#client.query({
      query,
      variables: { ...variables, after },
      fetchPolicy: 'network-only',
    })) as Result;
    if (error !== undefined || errors !== undefined) throw error ?? errors;
    return (data as CallListData | undefined)?.changeCursor ?? null;
  }

  #follow(after: string | null): void {
    this.close();
    this.#cursor = after;
    const { subscription, filter } = this.#options;
    this.#subscription = this.#client
      .subscribe({ query: subscription, variables: { filter, after } })
      .subscribe({
        next: ({ data, error }) => {
          if (error) this.#fail(error);
          else if (data) this.#take((data as { callUpdates: CallUpdate<Node> }).callUpdates);
        },
        error: (error) => this.#fail(error),
      });
  }

  #fail(error: unknown): void {
    const report = (each: unknown) => this.#options.onError?.(each);
    if (isCursorLost(error)) this.readAnew().catch(report);
    else report(error);
  }

  #take(update: CallUpdate<Node>): void {
    this.#cursor = update.cursor;
    const { cache } = this.#client;
    cache.updateQuery(
      this.#list,
      (data: CallListData<Node> | null) => data && { ...data, calls: updated(data.calls, update) },
    );
    if (update.removedCallId === null) return;
    const id = cache.identify({ __typename: 'Call', id: update.removedCallId });
    if (id !== undefined) cache.evict({ id });
  }
}

function updated<Node extends { id: string }>(
  { edges, pageInfo, ...rest }: CallPage<Node>,
  update: CallUpdate<Node>,
): CallPage<Node> {
  const newEdge = (): CallEdge<Node> & { __typename: string } => ({
    __typename: 'CallEdge',
    cursor: '',
    node: update.call,
  });
  const kept = updatedEdges<CallEdge<Node>>(update, {
    edges,
    hasNextPage: pageInfo.hasNextPage,
    idOf: ({ node }) => node.id,
    newEdge,
  });
  return { ...rest, edges: kept, pageInfo: { ...pageInfo, endCursor: lastCursor(kept) } };
}
