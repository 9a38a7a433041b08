/** A request as a fake vendor saw it. Times are of performance.now(). */
export interface SeenRequest {
  readonly at: number;
  /** When it was answered, or its connection was gone. */
  endedAt: number | null;
  /** The client went away before the answer. */
  isAbandoned: boolean;
  readonly method: string;
  /** Without the query. */
  readonly path: string;
  readonly query: Record<string, unknown>;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** As JSON, or a form's members; undefined if there is none. */
  body: unknown;
  operation: string | null;
  /** What a client retries by itself: the operation, or a part of its requests. */
  kind: string | null;
  /** The call that it is about; null if it is about none. */
  callKey: string | null;
  /** Null without an answer. */
  status: number | null;
  /** Milliseconds, as a 429 said. */
  retryAfter: number | null;
  /** The vendor's state has changed, or was read, whatever the answer. */
  isApplied: boolean;
}

/** The server sees a little later than the client that the client has gone. */
const GRACE = 50;
/** Two clocks differ by a little. */
const CLOCKS = 10;

/** The largest number of requests at a time for the call; without one, of the call that had most. */
export function mostInFlight(requests: readonly SeenRequest[], callKey?: string): number {
  const most = new Map<string, number>();
  const open = new Map<string, SeenRequest[]>();
  for (const request of requests) {
    const key = request.callKey;
    if (key === null || (callKey !== undefined && key !== callKey)) continue;
    const others = (open.get(key) ?? []).filter((other) => end(other) > request.at);
    open.set(key, [...others, request]);
    most.set(key, Math.max(most.get(key) ?? 0, others.length + 1));
  }
  return Math.max(0, ...most.values());
}

function end({ endedAt, isAbandoned }: SeenRequest): number {
  return endedAt === null ? Number.POSITIVE_INFINITY : endedAt - (isAbandoned ? GRACE : 0);
}

/** Requests that came before the Retry-After of an earlier one of the same call and kind was over. */
export function earlyRequests(requests: readonly SeenRequest[]): string[] {
  const notBefore = new Map<string, number>();
  return requests.flatMap((request) => {
    if (request.callKey === null) return [];
    const lane = `${request.kind} ${request.callKey}`;
    const early = (notBefore.get(lane) ?? 0) - request.at;
    if (request.retryAfter !== null && request.endedAt !== null) {
      notBefore.set(lane, request.endedAt + request.retryAfter - CLOCKS);
    }
    return early > 0
      ? [`${request.method} ${request.path} came ${Math.ceil(early)} ms before Retry-After`]
      : [];
  });
}
