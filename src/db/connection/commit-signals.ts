import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Sql } from 'postgres';
import { Connection, connectionClosed } from './connection.js';
import type { Server } from './driver.js';

export interface Listener {
  close(): Promise<void>;
}

/** An organization's id; null for any, because signals may have been lost. */
type OnErased = (organizationId: string | null) => void;

const CHANNEL = 'switchboard';
const LISTEN = `listen ${CHANNEL}`;
const RETRY_DELAY_MS = 250;
const PING_INTERVAL_MS = 15_000;
const PING_TIMEOUT_MS = 5_000;

/** Tells the processes on one database what was committed. Signals may be lost: also poll. */
export class CommitSignals {
  readonly #client: Sql;
  readonly #listenServer: Server | null;
  readonly #listeners = new Set<() => void>();
  readonly #onErased = new Set<(organizationId: string) => void>();
  readonly #self = randomUUID();

  /** `listenServer` must give a session of its own; null behind a pooler in transaction mode. */
  constructor(client: Sql, listenServer: Server | null) {
    this.#client = client;
    this.#listenServer = listenServer;
  }

  onCommit(callback: () => void): () => void {
    this.#listeners.add(callback);
    return () => void this.#listeners.delete(callback);
  }

  committed(): void {
    for (const callback of this.#listeners) callback();
  }

  /** Without other processes: see `listen`. */
  onErased(callback: (organizationId: string) => void): () => void {
    this.#onErased.add(callback);
    return () => void this.#onErased.delete(callback);
  }

  /** What processes keep in memory of the organization may name what was erased. */
  async erased(organizationId: string): Promise<void> {
    for (const callback of this.#onErased) callback(organizationId);
    await this.#send(`${this.#self} ${organizationId}`);
  }

  notify(): Promise<void> {
    return this.#send(this.#self);
  }

  /** In its own transaction: NOTIFY takes a lock at commit that all writes would queue for. */
  async #send(payload: string): Promise<void> {
    await this.#client.unsafe(
      "select set_config('synchronous_commit', 'off', true), pg_notify($1, $2)",
      [CHANNEL, payload],
      { prepare: true },
    );
  }

  /** Of other processes. */
  listen(onSignal: () => void, onErased: OnErased = () => {}): Listener {
    return this.#listenServer === null
      ? { close: async () => {} }
      : openListener(this.#listenServer, this.#self, onSignal, onErased);
  }
}

function openListener(server: Server, self: string, onSignal: () => void, onErased: OnErased): Listener {
  let closed = false;
  let hasListened = false;
  let connection: Connection | undefined;
  const onNotify = (_channel: string, payload: string) => {
    const [sender, organizationId] = payload.split(' ');
    if (sender === self) return;
    if (organizationId === undefined) onSignal();
    else onErased(organizationId);
  };
  const listen = async () => {
    const ended = new AbortController();
    const onClose = () => ended.abort();
    const current = new Connection(server, { applicationName: 'switchboard listens', onNotify, onClose });
    connection = current;
    try {
      await current.runWithin(PING_TIMEOUT_MS, LISTEN);
      if (hasListened) onErased(null);
      hasListened = true;
      while (!closed) {
        onSignal();
        await sleep(PING_INTERVAL_MS, undefined, { ref: false, signal: ended.signal });
        // A connection that was cut silently never reports an error.
        await current.runWithin(PING_TIMEOUT_MS, 'select 1');
      }
    } catch {
      current.discard(connectionClosed());
    }
  };
  const keepListening = async () => {
    while (!closed) {
      await listen();
      if (!closed) await sleep(RETRY_DELAY_MS, undefined, { ref: false });
    }
  };
  void keepListening();
  return {
    close: async () => {
      closed = true;
      connection?.discard(connectionClosed());
    },
  };
}
