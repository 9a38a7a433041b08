import type { AnyVariables, Client, DocumentInput } from '@urql/core';
import {
  type CallEdge,
  type CallListData,
  type CallListVariables,
  type CallPage,
  type CallUpdate,
  isCursorLost,
  lastCursor,
} from './lists/call-update.js';

export interface UrqlList extends CallListVariables {
  /** Selects `changeCursor`, and of `calls(filter: $filter, first: $first, after: $after)` the edges with cursors. */
  query: DocumentInput<unknown, AnyVariables>;
  /** Selects of `callUpdates(filter: $filter, after: $after)` cursor, transition, removedCallId and the same of `call`. */
  subscription: DocumentInput<unknown, AnyVariables>;
  onError?: (error: unknown) => void;
}

/** Follows a filtered list of calls in the default order, which `callListUpdates` keeps right in graphcache. */
export class CallList<Node extends { id: string } = { id: string }> {
  readonly #client: Client;
  readonly #options: UrqlList;
  readonly #afters = new Set<string | null>();
  #cursor: string | null = null;
  #subscription: { unsubscribe(): void } | undefined;

  constructor(client: Client, options: UrqlList) {
    this.#client = client;
    this.#options = options;
  }

  get #pages(): CallPage<Node>[] {
    const { query, filter, first } = this.#options;
    return [...this.#afters].flatMap((after) => {
      const page = this.#client.readQuery(query, { filter, first, after });
      return (page?.data as CallListData<Node> | null | undefined)?.calls ?? [];
    });
  }

  /** Pages overlap where a call entered one while the next was read. */
  get edges(): CallEdge<Node>[] {
    const found = new Map<string, CallEdge<Node>>();
    for (const edge of this.#pages.flatMap(({ edges }) => edges)) {
      if ((found.get(edge.node.id)?.cursor ?? '') === '') found.set(edge.node.id, edge);
    }
    return [...found.values()].sort((one, other) => (one.node.id > other.node.id ? -1 : 1));
  }

  get nodes(): Node[] {
    return this.edges.map(({ node }) => node);
  }

  get hasNextPage(): boolean {
    return this.#pages.every(({ pageInfo }) => pageInfo.hasNextPage);
  }

  /** The first page, then the next one, which begins after the last edge that is still in the list. */
  async loadMore(): Promise<void> {
    const before = this.#cursor;
    const changeCursor = await this.#read(lastCursor(this.edges));
    // The page may be older than what was sent while it was read: that is sent once more.
    this.#follow(before ?? changeCursor);
  }

  /** Also what to do when the log was set back: the list begins with its first page again. */
  async readAnew(): Promise<void> {
    this.close();
    const changeCursor = await this.#read(null);
    this.#afters.clear();
    this.#afters.add(null);
    this.#follow(changeCursor);
  }

  close(): void {
    this.#subscription?.unsubscribe();
  }

  async #read(after: string | null): Promise<string | null> {
    const { query, filter, first } = this.#options;
    const variables = { filter, first, after };
    const { data, error } = await this.#client.query(query, variables, { requestPolicy: 'network-only' });
    if (error) throw error;
    this.#afters.add(after);
    return (data as CallListData | undefined)?.changeCursor ?? null;
  }

  #follow(after: string | null): void {
    this.close();
    this.#cursor = after;
    const { subscription, filter } = this.#options;
    this.#subscription = this.#client
      .subscription(subscription, { filter, after })
      .subscribe(({ data, error }) => {
        if (error) this.#fail(error);
        this.#cursor =
          (data as { callUpdates?: CallUpdate } | undefined)?.callUpdates?.cursor ?? this.#cursor;
      });
  }

  #fail(error: unknown): void {
    const report = (each: unknown) => this.#options.onError?.(each);
    if (isCursorLost(error)) this.readAnew().catch(report);
    else report(error);
  }
}
