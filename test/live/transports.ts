import { createClient as createSseClient } from 'graphql-sse';
import { createClient as createWsClient } from 'graphql-ws';
import { WebSocket } from 'ws';
import type { Variables } from '../support/gateway.js';

export interface Result {
  data?: Record<string, unknown> | null;
  errors?: readonly unknown[];
}

/** A subscription client: the protocol's own library, without retries. */
export interface LiveClient {
  iterate(request: { query: string; variables?: Variables }): AsyncIterableIterator<Result>;
  close(): Promise<void>;
}

export type Transport = 'ws' | 'sse';
export const TRANSPORTS: readonly Transport[] = ['ws', 'sse'];

/** @param url of the GraphQL endpoint over HTTP */
export function openLiveClient(transport: Transport, url: string, token: string): LiveClient {
  return transport === 'ws' ? openWs(url, token) : openSse(url, token);
}

function openWs(url: string, token: string): LiveClient {
  const client = createWsClient({
    url: url.replace(/^http/, 'ws'),
    // Node 20 has none of its own.
    webSocketImpl: WebSocket,
    connectionParams: { Authorization: `Bearer ${token}` },
    retryAttempts: 0,
  });
  return {
    iterate: (request) => client.iterate<Record<string, unknown>>(request),
    close: async () => client.dispose(),
  };
}

function openSse(url: string, token: string): LiveClient {
  const client = createSseClient({
    url: `${url}/stream`,
    headers: { Authorization: `Bearer ${token}` },
    retryAttempts: 0,
  });
  return {
    iterate: (request) => client.iterate<Record<string, unknown>>(request),
    close: async () => client.dispose(),
  };
}
