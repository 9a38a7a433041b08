import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Sql } from 'postgres';
import { Connection, connectionClosed } from './connection.js';
import { type Server, serverOf } from './driver.js';

/** An ear at the database that stays open: it comes back by itself, however often its connection is lost. */
export interface Ear {
  close(): Promise<void>;
}

const CHANNEL = 'switchboard';
const LISTEN = `listen ${CHANNEL}`;
/** Milliseconds between two tries to listen again. */
const LISTEN_AGAIN_AFTER = 250;
/** Milliseconds between two looks whether the connection still answers, and until it must have. */
const ASK_EVERY = 15_000;
const ANSWER_WITHIN = 5_000;

/**
 * What the processes on one database tell each other, and a process itself: that something was written. It is a hint:
 * who must not miss a write looks for it now and then all the same.
 */
export class Signals {
  readonly #client: Sql;
  readonly #listenUrl: string | null;
  readonly #committed = new Set<() => void>();
  /** Tells its own notices from those of other processes. */
  readonly #self = randomUUID();

  /** `listenUrl` leads to a session of one's own; null where there is none (a pooler in transaction mode). */
  constructor(client: Sql, listenUrl: string | null) {
    this.#client = client;
    this.#listenUrl = listenUrl;
  }

  /** Calls back behind every write of this process that was committed; answers with what ends that. */
  onCommit(tell: () => void): () => void {
    this.#committed.add(tell);
    return () => void this.#committed.delete(tell);
  }

  committed(): void {
    for (const tell of this.#committed) tell();
  }

  /**
   * Tells the other processes. In a transaction of its own, for NOTIFY takes a lock at commit that all writes would queue
   * for; and without waiting for the disk, for it writes nothing worth keeping.
   */
  async notify(): Promise<void> {
    await this.#client.unsafe(
      "select set_config('synchronous_commit', 'off', true), pg_notify($1, $2)",
      [CHANNEL, this.#self],
      { prepare: true },
    );
  }

  /** Calls back when another process has told of a write, and when one may have done so unheard. */
  listen(heard: () => void): Ear {
    return this.#listenUrl === null
      ? { close: async () => {} }
      : openEar(serverOf(this.#listenUrl), this.#self, heard);
  }
}

function openEar(server: Server, self: string, heard: () => void): Ear {
  let closed = false;
  let connection: Connection | undefined;
  const onNotify = (_channel: string, payload: string) => void (payload !== self && heard());
  const listen = async () => {
    const ended = new AbortController();
    const onClose = () => ended.abort();
    const current = new Connection(server, { applicationName: 'switchboard listens', onNotify, onClose });
    connection = current;
    try {
      await current.runWithin(ANSWER_WITHIN, LISTEN);
      while (!closed) {
        heard();
        await sleep(ASK_EVERY, undefined, { ref: false, signal: ended.signal });
        // A connection that was cut without a word would stay silent for ever.
        await current.runWithin(ANSWER_WITHIN, 'select 1');
      }
    } catch {
      current.spend(connectionClosed());
    }
  };
  const follow = async () => {
    while (!closed) {
      await listen();
      if (!closed) await sleep(LISTEN_AGAIN_AFTER, undefined, { ref: false });
    }
  };
  void follow();
  return {
    close: async () => {
      closed = true;
      connection?.spend(connectionClosed());
    },
  };
}
