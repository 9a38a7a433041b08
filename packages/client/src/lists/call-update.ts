/** What a subscription to `callUpdates` must select, beside the fields that the list shows of its calls. */
export interface CallUpdate<Node extends { id: string } = { id: string }> {
  cursor: string;
  transition: 'ENTERED' | 'STILL' | 'LEFT';
  removedCallId: string | null;
  call: Node;
}

export const isGone = ({ transition, removedCallId, call }: CallUpdate, id: string): boolean =>
  id === removedCallId || (id === call.id && transition === 'LEFT');

/** What several updates in a row come to. */
export interface GatheredUpdates<Update extends CallUpdate> {
  /** Ids of what is in the list no more. */
  gone: ReadonlySet<string>;
  /** Ids of records that are in no list any more. */
  removed: ReadonlySet<string>;
  /** Of each call that was not removed, the newest update. */
  newest: ReadonlyMap<string, Update>;
}

export function gathered<Update extends CallUpdate>(updates: readonly Update[]): GatheredUpdates<Update> {
  const [gone, removed, newest] = [new Set<string>(), new Set<string>(), new Map<string, Update>()];
  for (const update of updates) {
    const { removedCallId, call } = update;
    newest.set(call.id, update);
    if (isGone(update, call.id)) gone.add(call.id);
    else gone.delete(call.id);
    if (removedCallId === null) continue;
    gone.add(removedCallId);
    removed.add(removedCallId);
    newest.delete(removedCallId);
  }
  return { gone, removed, newest };
}

interface Edges<Edge, Update extends CallUpdate> {
  edges: readonly Edge[];
  hasNextPage: boolean;
  idOf(edge: Edge): string;
  newEdge(update: Update): Edge;
}

/** The edges of a list, newest first, after updates; the same array if they are the same. */
export function updatedEdges<Edge, Update extends CallUpdate>(
  { gone, newest }: GatheredUpdates<Update>,
  { edges, hasNextPage, idOf, newEdge }: Edges<Edge, Update>,
): readonly Edge[] {
  const missing = new Map([...newest].filter(([id]) => !gone.has(id)));
  const kept = edges.filter((edge) => {
    const id = idOf(edge);
    missing.delete(id);
    return !gone.has(id);
  });
  const last = kept.at(-1);
  // Newest first is the order of ids. An older call comes with a later page, if there is one.
  const entering = [...missing.values()]
    .filter(({ call }) => !hasNextPage || (last !== undefined && call.id > idOf(last)))
    .sort((one, other) => (one.call.id > other.call.id ? -1 : 1));
  if (entering.length === 0) return kept.length === edges.length ? edges : kept;
  const all: Edge[] = [];
  let next = 0;
  for (const update of entering) {
    for (let edge = kept[next]; edge !== undefined && idOf(edge) > update.call.id; edge = kept[next]) {
      all.push(edge);
      next += 1;
    }
    all.push(newEdge(update));
  }
  for (; next < kept.length; next += 1) all.push(kept[next] as Edge);
  return all;
}

/** Edges that an update has added have no cursor. */
export const lastCursor = (edges: readonly { cursor: string }[]): string | null =>
  [...edges].reverse().find(({ cursor }) => cursor !== '')?.cursor ?? null;

export interface CallEdge<Node extends { id: string }> {
  cursor: string;
  node: Node;
}

export interface CallPage<Node extends { id: string }> {
  edges: CallEdge<Node>[];
  pageInfo: { hasNextPage: boolean; endCursor?: string | null };
}

/** What the query of a list must select, with the variables `filter`, `first` and `after`. */
export interface CallListData<Node extends { id: string } = { id: string }> {
  changeCursor: string | null;
  calls: CallPage<Node>;
}

export interface CallListVariables {
  filter: object | null;
  first: number;
}

/** Whether an error that ended a subscription says that the list must be read anew. */
export const isCursorLost = (error: unknown): boolean => {
  const { errors, graphQLErrors, code } = (error ?? {}) as {
    errors?: readonly { extensions?: { code?: unknown } }[];
    graphQLErrors?: readonly { extensions?: { code?: unknown } }[];
    code?: unknown;
  };
  return (
    code === 'CURSOR_LOST' ||
    [...(errors ?? []), ...(graphQLErrors ?? [])].some(({ extensions }) => extensions?.code === 'CURSOR_LOST')
  );
};
