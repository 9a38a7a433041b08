/** What a subscription to `callUpdates` must select, beside the fields that the list shows of its calls. */
export interface CallUpdate<Node extends { id: string } = { id: string }> {
  cursor: string;
  transition: 'ENTERED' | 'STILL' | 'LEFT';
  removedCallId: string | null;
  call: Node;
}

export const isGone = ({ transition, removedCallId, call }: CallUpdate, id: string): boolean =>
  id === removedCallId || (id === call.id && transition === 'LEFT');

interface Edges<Edge> {
  edges: readonly Edge[];
  hasNextPage: boolean;
  idOf(edge: Edge): string;
  newEdge(): Edge;
}

/** The edges of a list, newest first, after an update. */
export function updatedEdges<Edge>(
  update: CallUpdate,
  { edges, hasNextPage, idOf, newEdge }: Edges<Edge>,
): Edge[] {
  const { id } = update.call;
  const kept = edges.filter((edge) => !isGone(update, idOf(edge)));
  if (isGone(update, id) || kept.some((edge) => idOf(edge) === id)) return kept;
  // Newest first is the order of ids. An older call comes with a later page, if there is one.
  const at = kept.findIndex((edge) => idOf(edge) < id);
  if (at >= 0) kept.splice(at, 0, newEdge());
  else if (!hasNextPage) kept.push(newEdge());
  return kept;
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
