import { sql } from 'drizzle-orm';
import type { ExecutionResult } from 'graphql';
import { createClient as createSseClient } from 'graphql-sse';
import { type ClientOptions, createClient as createWsClient, type SubscribePayload } from 'graphql-ws';
import { onTestFinished, vi } from 'vitest';
import { WebSocket } from 'ws';
import type { TestGateway } from '../support/gateway.js';

// biome-ignore lint/suspicious/noExplicitAny: the shape of an answer follows from the document that a test sends
type Data = any;

/** What a subscriber has got so far. */
export interface Follower {
  changes: Data[];
  /** All answers as they came. */
  answers: { data?: Data }[];
  /** Answers with errors, and errors of the operation. */
  errors: { message: string; extensions: { code: string } & Record<string, unknown> }[];
  /** Set when it is over: 'complete', or what the client was told. */
  over: unknown;
  /** Waits until so many changes have come, and answers with all. */
  until(count: number): Promise<Data[]>;
  /** Waits until it is over. */
  ended(): Promise<unknown>;
  stop(): void;
}

export type Transport = 'ws' | 'sse';
export const TRANSPORTS: Transport[] = ['ws', 'sse'];

export const CALLS_CHANGED = `subscription ($filter: CallFilter, $after: String) {
  callsChanged(filter: $filter, after: $after) {
    id cursor kind matches revision newValues oldValues actor call { id status revision metadata references { value } }
  }
}`;
export const CALL_CHANGED = `subscription ($call: CallLocator!, $after: String) {
  callChanged(call: $call, after: $after) { id cursor kind matches revision newValues call { id status revision } }
}`;

type Target = { url: string; token?: string };

export const socketUrl = (url: string) => url.replace(/^http/, 'ws');

/** A real client of graphql-ws that does not come back by itself unless it is told to. */
export function wsClient({ url, token }: Target, options: Partial<ClientOptions> = {}) {
  const client = createWsClient({
    url: socketUrl(url),
    webSocketImpl: WebSocket,
    connectionParams: token ? { Authorization: `Bearer ${token}` } : {},
    retryAttempts: 0,
    // A test looks at what it was told by itself.
    onNonLazyError: () => {},
    ...options,
  });
  onTestFinished(async () => void (await client.dispose()));
  return client;
}

function sseClient({ url, token }: Target) {
  const client = createSseClient({
    url: `${url}/stream`,
    headers: token ? { Authorization: `Bearer ${token}` } : {},
    retryAttempts: 0,
  });
  onTestFinished(() => client.dispose());
  return client;
}

interface Subscribing {
  subscribe(
    payload: SubscribePayload,
    sink: {
      next(result: ExecutionResult<Record<string, unknown>>): void;
      error(error: unknown): void;
      complete(): void;
    },
  ): () => void;
}

/**
 * Waits until all that was written is final: a transaction of anybody on the server, of another test too, may hold it
 * back, and whoever begins meanwhile is told of it.
 */
export async function settled({ database: { db } }: TestGateway): Promise<void> {
  await vi.waitFor(
    async () => {
      const [row] = await db.execute(
        sql`select from call_changes where label >= call_change_horizon() limit 1`,
      );
      if (row !== undefined) throw new Error('something is not final yet');
    },
    { timeout: 20_000, interval: 5 },
  );
}

/** Subscribes, and notes what comes. */
export function follow(
  client: Subscribing,
  query: string,
  variables: Record<string, unknown> = {},
): Follower {
  const follower: Follower = {
    changes: [],
    answers: [],
    errors: [],
    over: undefined,
    until: async (count) => {
      await vi.waitFor(
        () => {
          if (follower.over !== undefined && follower.changes.length < count) {
            throw new Error(
              `it is over: ${JSON.stringify(follower.over)} ${JSON.stringify(follower.errors)}`,
            );
          }
          if (follower.changes.length < count)
            throw new Error(`${follower.changes.length} of ${count} changes`);
        },
        { timeout: 20_000, interval: 5 },
      );
      return follower.changes;
    },
    ended: async () => {
      await vi.waitFor(
        () => {
          if (follower.over === undefined) throw new Error('it is not over');
        },
        { timeout: 20_000, interval: 5 },
      );
      return follower.over;
    },
    stop: () => {},
  };
  follower.stop = client.subscribe(
    { query, variables },
    {
      next: (answer) => {
        const { data, errors } = answer;
        follower.answers.push(answer);
        const [change] = Object.values(data ?? {});
        if (change != null) follower.changes.push(change);
        if (errors !== undefined) follower.errors.push(...(errors as unknown as Follower['errors']));
      },
      error: (error) => {
        if (Array.isArray(error)) follower.errors.push(...error);
        follower.over = error;
      },
      complete: () => {
        follower.over ??= 'complete';
      },
    },
  );
  return follower;
}

/** Subscribes over a transport of the given kind, on a connection of its own. */
export function followOver(
  transport: Transport,
  target: Target,
  query = CALLS_CHANGED,
  variables: Record<string, unknown> = {},
): Follower {
  return follow(transport === 'ws' ? wsClient(target) : sseClient(target), query, variables);
}
