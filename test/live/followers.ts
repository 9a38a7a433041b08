import { sql } from 'drizzle-orm';
import type { ExecutionResult } from 'graphql';
import { createClient as createSseClient } from 'graphql-sse';
import { type ClientOptions, createClient as createWsClient, type SubscribePayload } from 'graphql-ws';
import { onTestFinished, vi } from 'vitest';
import { WebSocket } from 'ws';
import type { TestGateway } from '../support/gateway.js';

// biome-ignore lint/suspicious/noExplicitAny: the shape of an answer follows from the document that a test sends
type Data = any;

export interface Follower {
  changes: Data[];
  answers: { data?: Data }[];
  errors: { message: string; extensions: { code: string } & Record<string, unknown> }[];
  /** Set at the end: 'complete', or the error that the client received. */
  over: unknown;
  until(count: number): Promise<Data[]>;
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

export function wsClient({ url, token }: Target, options: Partial<ClientOptions> = {}) {
  const client = createWsClient({
    url: socketUrl(url),
    webSocketImpl: WebSocket,
    connectionParams: token ? { Authorization: `Bearer ${token}` } : {},
    retryAttempts: 0,
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
 * Waits until all changes are final: a running transaction may hold the log back, and a new subscriber would receive
 * those changes.
 */
export async function settled({ database: { db } }: Pick<TestGateway, 'database'>): Promise<void> {
  await vi.waitFor(
    async () => {
      const [row] = await db.execute(
        sql`select from call_changes c, log_end() l where (c.label, c.seq) >= (l.label, l.seq) limit 1`,
      );
      if (row !== undefined) throw new Error('something is not final yet');
    },
    { timeout: 60_000, interval: 5 },
  );
}

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
        { timeout: 60_000, interval: 5 },
      );
      return follower.changes;
    },
    ended: async () => {
      await vi.waitFor(
        () => {
          if (follower.over === undefined) throw new Error('it is not over');
        },
        { timeout: 60_000, interval: 5 },
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

export function followOver(
  transport: Transport,
  target: Target,
  query = CALLS_CHANGED,
  variables: Record<string, unknown> = {},
): Follower {
  return follow(transport === 'ws' ? wsClient(target) : sseClient(target), query, variables);
}
