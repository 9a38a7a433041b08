import {
  type DocumentNode,
  type FieldNode,
  type OperationDefinitionNode,
  valueFromASTUntyped,
} from 'graphql';
import {
  type CallListData,
  type CallListVariables,
  type CallPage,
  type CallUpdate,
  type GatheredUpdates,
  gathered,
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

interface Question {
  query: DocumentNode;
  variables: Record<string, unknown>;
}

/** How the cache stores an edge and its page. */
interface StoredEdge {
  cursor: string;
  node: { __ref: string };
}
interface StoredPage {
  edges: readonly StoredEdge[];
  pageInfo: { hasNextPage: boolean; endCursor?: string | null };
}

interface Details {
  storeFieldName: string;
  // biome-ignore lint/suspicious/noExplicitAny: of the versions of Apollo Client, each has its own types of these
  readField(...given: any[]): any;
  // biome-ignore lint/suspicious/noExplicitAny: as above
  toReference(...given: any[]): any;
}

interface Cache {
  policies: { getStoreFieldName(field: object): string };
  batch(options: { update: (cache: Cache) => void }): unknown;
  writeQuery(options: Question & { data: unknown }): unknown;
  // biome-ignore lint/suspicious/noExplicitAny: as above
  write(options: any): unknown;
  // biome-ignore lint/suspicious/noExplicitAny: as above
  modify(options: any): boolean;
  identify(object: { __typename: string; id: string }): string | undefined;
  evict(options: { id: string }): boolean;
}

/** What a list needs of an ApolloClient, whose type has a parameter in version 3 and none in version 4. */
interface Client {
  query(options: Question & { fetchPolicy: 'network-only' | 'no-cache' }): Promise<unknown>;
  subscribe(options: Question & { fetchPolicy: 'network-only' | 'no-cache' }): {
    subscribe(sink: { next(result: Result): void; error(error: unknown): void }): { unsubscribe(): void };
  };
  // biome-ignore lint/suspicious/noExplicitAny: as above
  readQuery(options: Question): any;
  // biome-ignore lint/suspicious/noExplicitAny: as above
  cache: any;
}

export interface ApolloList extends CallListVariables {
  /** Selects `changeCursor`, and of `calls(filter: $filter, first: $first, after: $after)` the edges with cursors. */
  query: DocumentNode;
  /** Selects of `callUpdates(filter: $filter, after: $after)` cursor, transition, removedCallId and the same of `call`. */
  subscription: DocumentNode;
  /**
   * Another order than the default one, for the query's variable `orderBy`. Calls keep their places then, and those that
   * enter wait until the list is read anew: see `waiting`.
   */
  orderBy?: object | null;
  /** Milliseconds for which changes are gathered before they are written to the cache in one piece; 50 by default. */
  gatherFor?: number;
  onError?: (error: unknown) => void;
}

const GATHER_FOR = 50;
const NONE: ReadonlySet<string> = new Set();

/** Keeps a filtered list of calls right, in the cache of the kit's type policies. */
export class CallList<Node extends { id: string } = { id: string }> {
  readonly #client: Client;
  readonly #options: ApolloList;
  readonly #listeners = new Set<() => void>();
  readonly #idOfEdge = new WeakMap<StoredEdge, string>();
  readonly #fetchPolicy: 'network-only' | 'no-cache';
  #cursor: string | null = null;
  #subscription: { unsubscribe(): void } | undefined;
  #gathering: { updates: CallUpdate[]; timer: ReturnType<typeof setTimeout> } | null = null;
  #ids: readonly string[] = [];
  #edges: readonly StoredEdge[] | undefined;
  #waiting = NONE;
  #closings = 0;

  constructor(client: Client, options: ApolloList) {
    this.#client = client;
    this.#options = options;
    // What is masked can be written by the client alone.
    const { queryManager } = client as { queryManager?: { dataMasking?: boolean } };
    this.#fetchPolicy = queryManager?.dataMasking === true ? 'network-only' : 'no-cache';
  }

  get #cache(): Cache {
    return this.#client.cache;
  }

  get #list(): Question {
    const { query, filter, first, orderBy } = this.#options;
    return { query, variables: { filter, first, ...(orderBy != null && { orderBy }) } };
  }

  get page(): CallPage<Node> | undefined {
    return (this.#client.readQuery(this.#list) as CallListData<Node> | null)?.calls;
  }

  get nodes(): Node[] {
    return this.page?.edges.map(({ node }) => node) ?? [];
  }

  /** The calls in their order; the same array until one enters or leaves. */
  get ids(): readonly string[] {
    this.#look((page, { readField }) => {
      if (page.edges === this.#edges) return;
      this.#edges = page.edges;
      const ids = page.edges.map((edge) => this.#idOf(edge, readField));
      const isSame = ids.length === this.#ids.length && ids.every((id, index) => id === this.#ids[index]);
      if (!isSame) this.#ids = ids;
    });
    return this.#ids;
  }

  /** In another order than the default one: calls that have entered, and have no place before the list is read anew. */
  get waiting(): ReadonlySet<string> {
    return this.#waiting;
  }

  get hasNextPage(): boolean {
    return this.#look((page) => page.pageInfo.hasNextPage) ?? true;
  }

  /** Calls back after pages and changes. @returns what ends it */
  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** The first page, then the next one, which begins after the last edge of a page that is still in the list. */
  async loadMore(): Promise<void> {
    const [before, closings] = [this.#cursor, this.#closings];
    const changeCursor = await this.#read(this.#look(({ edges }) => lastCursor(edges)) ?? null);
    // The page may be older than what was sent while it was read: that is sent once more.
    if (closings === this.#closings) this.#follow(before ?? changeCursor);
  }

  /** Also what to do when the log was set back: the list begins with its first page again. */
  async readAnew(): Promise<void> {
    const closings = this.#closings;
    this.#stop();
    const changeCursor = await this.#read(null);
    if (closings === this.#closings) this.#follow(changeCursor);
    else this.#cursor = changeCursor;
  }

  /** After `close`: goes on after the last change, without reading the list again. */
  resume(): void {
    this.#follow(this.#cursor);
  }

  /** What is being read still comes, and is not followed. */
  close(): void {
    this.#closings += 1;
    this.#stop();
  }

  #stop(): void {
    this.#subscription?.unsubscribe();
    this.#flush();
  }

  async #read(after: string | null): Promise<string | null> {
    const { query, variables } = this.#list;
    const question = { query, variables: { ...variables, after } };
    const { data, error, errors } = (await this.#client.query({
      ...question,
      fetchPolicy: this.#fetchPolicy,
    })) as Result;
    if (error !== undefined || errors !== undefined) throw error ?? errors;
    // What was received before is older than the page.
    this.#flush();
    if (this.#fetchPolicy === 'no-cache') this.#cache.writeQuery({ ...question, data });
    if (after === null) this.#waiting = NONE;
    this.#say();
    return (data as CallListData | undefined)?.changeCursor ?? null;
  }

  #follow(after: string | null): void {
    this.#stop();
    this.#cursor = after;
    const { subscription, filter } = this.#options;
    this.#subscription = this.#client
      .subscribe({ query: subscription, variables: { filter, after }, fetchPolicy: this.#fetchPolicy })
      .subscribe({
        next: ({ data, error }) => {
          if (error) this.#fail(error);
          else if (data) this.#take((data as { callUpdates: CallUpdate }).callUpdates);
        },
        error: (error) => this.#fail(error),
      });
  }

  #fail(error: unknown): void {
    const report = (each: unknown) => this.#options.onError?.(each);
    if (isCursorLost(error)) this.readAnew().catch(report);
    else report(error);
  }

  #take(update: CallUpdate): void {
    this.#cursor = update.cursor;
    if (this.#gathering !== null) {
      this.#gathering.updates.push(update);
      return;
    }
    const timer = setTimeout(() => this.#flush(), this.#options.gatherFor ?? GATHER_FOR);
    this.#gathering = { updates: [update], timer };
  }

  #flush(): void {
    if (this.#gathering === null) return;
    const { updates, timer } = this.#gathering;
    this.#gathering = null;
    clearTimeout(timer);
    const changes = gathered(updates);
    this.#cache.batch({ update: (cache) => this.#write(cache, changes) });
    this.#say();
  }

  #write(cache: Cache, changes: GatheredUpdates<CallUpdate>): void {
    const entering = new Set<string>();
    this.#modify(cache, (page, details) => this.#updated(page, changes, details, entering));
    if (this.#fetchPolicy === 'no-cache') {
      const { subscription: query, filter } = this.#options;
      for (const [id, update] of changes.newest) {
        // Of a call that is shown nowhere the cache needs nothing.
        if (!entering.has(id) && !isKnown(cache, id)) continue;
        const result = { callUpdates: update };
        cache.write({ query, variables: { filter }, dataId: 'ROOT_SUBSCRIPTION', result });
      }
    }
    for (const id of changes.removed) {
      const stored = cache.identify({ __typename: 'Call', id });
      if (stored !== undefined) cache.evict({ id: stored });
    }
  }

  #updated(
    page: StoredPage,
    changes: GatheredUpdates<CallUpdate>,
    { readField, toReference }: Details,
    entering: Set<string>,
  ): StoredPage {
    const { edges, pageInfo } = page;
    const isPlaced = this.#options.orderBy == null;
    if (!isPlaced) this.#wait(changes, edges, readField);
    const kept = updatedEdges<StoredEdge, CallUpdate>(
      isPlaced ? changes : { ...changes, newest: new Map() },
      {
        edges,
        hasNextPage: pageInfo.hasNextPage,
        idOf: (edge) => this.#idOf(edge, readField),
        newEdge: ({ call: { id } }) => {
          entering.add(id);
          const edge = { __typename: 'CallEdge', cursor: '', node: toReference({ __typename: 'Call', id }) };
          this.#idOfEdge.set(edge, id);
          return edge;
        },
      },
    );
    if (kept === edges) return page;
    return { ...page, edges: kept, pageInfo: { ...pageInfo, endCursor: lastCursor(kept) } };
  }

  #wait(
    { gone, newest }: GatheredUpdates<CallUpdate>,
    edges: readonly StoredEdge[],
    readField: Details['readField'],
  ): void {
    const listed = new Set(edges.map((edge) => this.#idOf(edge, readField)));
    const waiting = new Set(this.#waiting);
    for (const [id, { transition }] of newest) {
      if (transition === 'ENTERED' && !listed.has(id)) waiting.add(id);
    }
    for (const id of gone) waiting.delete(id);
    this.#waiting = waiting;
  }

  #idOf(edge: StoredEdge, readField: Details['readField']): string {
    const known = this.#idOfEdge.get(edge);
    if (known !== undefined) return known;
    const id = String(readField('id', edge.node));
    this.#idOfEdge.set(edge, id);
    return id;
  }

  /** Reads the list as it is stored, which costs nothing for each of its calls. */
  #look<T>(read: (page: StoredPage, details: Details) => T): T | undefined {
    let found: T | undefined;
    this.#modify(this.#cache, (page, details) => {
      found = read(page, details);
      return page;
    });
    return found;
  }

  #modify(cache: Cache, change: (page: StoredPage, details: Details) => StoredPage): void {
    const name = storedNameOf(cache, this.#list);
    const calls = (page: StoredPage, details: Details) =>
      details.storeFieldName === name ? change(page, details) : page;
    cache.modify({ id: 'ROOT_QUERY', fields: { calls }, broadcast: false });
  }

  #say(): void {
    for (const listener of this.#listeners) listener();
  }
}

function isKnown(cache: Cache, id: string): boolean {
  let isStored = false;
  const look = (value: unknown) => {
    isStored = true;
    return value;
  };
  cache.modify({ id: cache.identify({ __typename: 'Call', id }), fields: { id: look }, broadcast: false });
  return isStored;
}

/** The name under which a cache stores the field `calls` of a query with these variables. */
function storedNameOf(cache: Cache, { query, variables }: Question): string {
  const operation = query.definitions.find(({ kind }) => kind === 'OperationDefinition');
  const { selectionSet, variableDefinitions = [] } = operation as OperationDefinitionNode;
  const field = selectionSet.selections.find(
    (each): each is FieldNode => each.kind === 'Field' && each.name.value === 'calls',
  );
  if (field === undefined) throw new Error('the query of a list of calls must select `calls`');
  const defaults = variableDefinitions.flatMap(({ variable, defaultValue }) =>
    defaultValue === undefined ? [] : [[variable.name.value, valueFromASTUntyped(defaultValue)] as const],
  );
  return cache.policies.getStoreFieldName({
    typename: 'Query',
    fieldName: 'calls',
    field,
    variables: { ...Object.fromEntries(defaults), ...variables },
  });
}
