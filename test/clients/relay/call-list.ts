import {
  ConnectionHandler,
  createOperationDescriptor,
  type Environment,
  fetchQuery,
  type RecordProxy,
  type RecordSourceSelectorProxy,
  requestSubscription,
} from 'relay-runtime';
import { OPERATIONS } from './operations.js';

interface Call {
  id: string;
  status: string;
  metadata: object;
  revision: number;
}
interface List {
  changeCursor: string;
  calls: {
    edges: { cursor: string; node: Call }[];
    pageInfo: { hasNextPage: boolean; endCursor: string | null };
  };
}
interface Updates {
  callUpdates: {
    cursor: string;
    transition: 'ENTERED' | 'STILL' | 'LEFT';
    removedCallId: string | null;
    call: Call;
  };
}

export class CallList {
  readonly #environment: Environment;
  readonly #variables: { filter: object | null; first: number };
  #cursor: string | null = null;
  #subscription: { dispose(): void } | undefined;
  readonly #retained: { dispose(): void };

  constructor(environment: Environment, filter: object | null, first: number) {
    this.#environment = environment;
    this.#variables = { filter, first };
    this.#retained = environment.retain(this.#operation);
  }

  get #operation() {
    return createOperationDescriptor(OPERATIONS.CallListQuery, { ...this.#variables, after: null });
  }

  get connection(): List['calls'] | undefined {
    const { data } = this.#environment.lookup(this.#operation.fragment);
    return (data as unknown as Partial<List> | undefined)?.calls;
  }

  async loadMore(): Promise<void> {
    const before = this.#cursor;
    const variables = { ...this.#variables, after: this.connection?.pageInfo.endCursor ?? null };
    const query = fetchQuery<{ variables: object; response: List }>(
      this.#environment,
      OPERATIONS.CallListQuery,
      variables,
    );
    const page = await query.toPromise();
    // The page may be older than what was sent while it was read: that is sent once more.
    this.#follow(before ?? page?.changeCursor ?? null);
  }

  close(): void {
    this.#subscription?.dispose();
    this.#retained.dispose();
  }

  #follow(after: string | null): void {
    const { filter } = this.#variables;
    this.#subscription?.dispose();
    this.#cursor = after;
    this.#subscription = requestSubscription<{ variables: object; response: Updates }>(this.#environment, {
      subscription: OPERATIONS.CallListSubscription,
      variables: { filter, after },
      updater: (store) => take(store, filter),
      onNext: (data) => {
        this.#cursor = data?.callUpdates.cursor ?? this.#cursor;
      },
    });
  }
}

function take(store: RecordSourceSelectorProxy, filter: object | null): void {
  const update = store.getRootField('callUpdates');
  const call = update?.getLinkedRecord('call');
  const connection = ConnectionHandler.getConnection(store.getRoot(), 'CallList_calls', { filter });
  const pageInfo = connection?.getLinkedRecord('pageInfo');
  if (update == null || call == null || connection == null || pageInfo == null) return;
  const removed = update.getValue('removedCallId') as string | null;
  const hasLeft = update.getValue('transition') === 'LEFT';
  const id = idOf(call);
  const edges = (connection.getLinkedRecords('edges') ?? []).filter((edge) => edge !== null);
  const nodeOf = (edge: RecordProxy) => idOf(edge.getLinkedRecord('node'));
  const isGone = (each: string) => each === removed || (each === id && hasLeft);
  const kept = edges.filter((edge) => !isGone(nodeOf(edge)));
  const isListed = kept.some((edge) => nodeOf(edge) === id);
  // Newest first is the order of ids. An older call comes with a later page, if there is one.
  const at = kept.findIndex((edge) => nodeOf(edge) < id);
  const isWithin = at >= 0 || pageInfo.getValue('hasNextPage') === false;
  if (!isGone(id) && !isListed && isWithin) {
    const edge = ConnectionHandler.createEdge(store, connection, call, 'CallEdge');
    kept.splice(at >= 0 ? at : kept.length, 0, edge);
  }
  connection.setLinkedRecords(kept, 'edges');
  // The next page begins after the last edge that is still in the list.
  pageInfo.setValue(kept.at(-1)?.getValue('cursor') ?? null, 'endCursor');
  if (removed !== null) store.delete(removed);
}

const idOf = (record: RecordProxy | null | undefined): string => String(record?.getValue('id'));
