import {
  ConnectionHandler,
  createOperationDescriptor,
  type Environment,
  fetchQuery,
  type GraphQLTaggedNode,
  getRequest,
  type RecordProxy,
  type RecordSourceSelectorProxy,
  requestSubscription,
} from 'relay-runtime';
import {
  type CallListData,
  type CallListVariables,
  type CallPage,
  type CallUpdate,
  gathered,
  isCursorLost,
  updatedEdges,
} from './lists/call-update.js';

type Updates = { callUpdates: CallUpdate };

export interface RelayList extends CallListVariables {
  /** Selects `changeCursor`, and `calls` with `@connection(filters: ["filter"])`. */
  query: GraphQLTaggedNode;
  /** Selects of `callUpdates(filter: $filter, after: $after)` cursor, transition, removedCallId and the same of `call`. */
  subscription: GraphQLTaggedNode;
  /** The key of `@connection`. */
  connectionKey: string;
  onError?: (error: unknown) => void;
}

/** Keeps a filtered list of calls in the default order right. */
export class CallList<Node extends { id: string } = { id: string }> {
  readonly #environment: Environment;
  readonly #options: RelayList;
  readonly #retained: { dispose(): void };
  #cursor: string | null = null;
  #subscription: { dispose(): void } | undefined;

  constructor(environment: Environment, options: RelayList) {
    this.#environment = environment;
    this.#options = options;
    this.#retained = environment.retain(this.#operation);
  }

  get #operation() {
    const { query, filter, first } = this.#options;
    return createOperationDescriptor(getRequest(query), { filter, first, after: null });
  }

  get page(): CallPage<Node> | undefined {
    const { data } = this.#environment.lookup(this.#operation.fragment);
    return (data as unknown as Partial<CallListData<Node>> | undefined)?.calls;
  }

  get nodes(): Node[] {
    return this.page?.edges.map(({ node }) => node) ?? [];
  }

  get hasNextPage(): boolean {
    return this.page?.pageInfo.hasNextPage ?? true;
  }

  /** The first page, then the next one, which begins after the last edge that is still in the list. */
  async loadMore(): Promise<void> {
    const before = this.#cursor;
    const changeCursor = await this.#read(this.page?.pageInfo.endCursor ?? null);
    // The page may be older than what was sent while it was read: that is sent once more.
    this.#follow(before ?? changeCursor);
  }

  /** Also what to do when the log was set back: the list begins with its first page again. */
  async readAnew(): Promise<void> {
    this.#subscription?.dispose();
    this.#follow(await this.#read(null));
  }

  close(): void {
    this.#subscription?.dispose();
    this.#retained.dispose();
  }

  async #read(after: string | null): Promise<string | null> {
    const { query, filter, first } = this.#options;
    const variables = { filter, first, after };
    const page = await fetchQuery<{ variables: object; response: CallListData }>(
      this.#environment,
      query,
      variables,
    ).toPromise();
    return page?.changeCursor ?? null;
  }

  #follow(after: string | null): void {
    const { subscription, filter, connectionKey } = this.#options;
    this.#subscription?.dispose();
    this.#cursor = after;
    this.#subscription = requestSubscription<{ variables: object; response: Updates }>(this.#environment, {
      subscription,
      variables: { filter, after },
      updater: (store) => takeCallUpdate(store, connectionKey, { filter }),
      onNext: (data) => {
        this.#cursor = data?.callUpdates.cursor ?? this.#cursor;
      },
      onError: (error) => {
        const report = (each: unknown) => this.#options.onError?.(each);
        if (isCursorLost(error)) this.readAnew().catch(report);
        else report(error);
      },
    });
  }
}

/**
 * The `updater` of a subscription to `callUpdates`.
 *
 * @param connectionKey of `@connection`
 * @param filters the values of the arguments that `@connection(filters:)` names
 */
export function takeCallUpdate(
  store: RecordSourceSelectorProxy,
  connectionKey: string,
  filters: Record<string, unknown>,
): void {
  const record = store.getRootField('callUpdates');
  const call = record?.getLinkedRecord('call');
  const connection = ConnectionHandler.getConnection(store.getRoot(), connectionKey, filters);
  const pageInfo = connection?.getLinkedRecord('pageInfo');
  if (record == null || call == null || connection == null || pageInfo == null) return;
  const update: CallUpdate = {
    cursor: String(record.getValue('cursor')),
    transition: record.getValue('transition') as CallUpdate['transition'],
    removedCallId: (record.getValue('removedCallId') ?? null) as string | null,
    call: { id: idOf(call) },
  };
  const kept = updatedEdges<RecordProxy, CallUpdate>(gathered([update]), {
    edges: (connection.getLinkedRecords('edges') ?? []).filter((edge) => edge != null),
    hasNextPage: pageInfo.getValue('hasNextPage') !== false,
    idOf: (edge) => idOf(edge.getLinkedRecord('node')),
    newEdge: () => ConnectionHandler.createEdge(store, connection, call, 'CallEdge'),
  });
  connection.setLinkedRecords([...kept], 'edges');
  // The next page begins after the last edge that is still in the list.
  pageInfo.setValue(kept.at(-1)?.getValue('cursor') ?? null, 'endCursor');
  if (update.removedCallId !== null) store.delete(update.removedCallId);
}

const idOf = (record: RecordProxy | null | undefined): string => String(record?.getValue('id'));
