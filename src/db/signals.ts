import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import postgres, { type Sql } from 'postgres';

/** An ear at the database that stays open: it comes back by itself, however often its connection is lost. */
export interface Ear {
  close(): Promise<void>;
}

const CHANNEL = 'switchboard';
/** Milliseconds between two tries to listen again. */
const LISTEN_AGAIN_AFTER = 250;

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
    return this.#listenUrl === null ? { close: async () => {} } : openEar(this.#listenUrl, this.#self, heard);
  }
}

type EarOptions = postgres.Options<Record<string, never>> & {
  /** The driver's own, though its types do not know it: `sql.listen` gives up when it cannot connect again. */
  onnotify(channel: string, payload: string): void;
};

function openEar(url: string, self: string, heard: () => void): Ear {
  let closed = false;
  let beginning = false;
  const options: EarOptions = {
    max: 1,
    idle_timeout: 0,
    max_lifetime: null,
    connect_timeout: 5,
    prepare: false,
    fetch_types: false,
    backoff: () => LISTEN_AGAIN_AFTER / 1000,
    onnotice: () => {},
    onnotify: (_channel, payload) => payload !== self && heard(),
    onclose: () => void begin(),
    connection: { application_name: 'switchboard listens' },
  };
  const client = postgres(url, options);
  const begin = async (): Promise<void> => {
    if (beginning) return;
    beginning = true;
    while (!closed) {
      try {
        await client`listen ${client(CHANNEL)}`;
        break;
      } catch {
        await sleep(LISTEN_AGAIN_AFTER, undefined, { ref: false });
      }
    }
    beginning = false;
    if (!closed) heard();
  };
  void begin();
  return {
    close: async () => {
      closed = true;
      await client.end({ timeout: 1 });
    },
  };
}
