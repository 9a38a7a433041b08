import { FairQueue, type Place } from '../fair-queue.js';
import { type Account, pauseOf } from './account.js';
import { Connection, connectionClosed } from './connection.js';
import type { Server } from './driver.js';
import type { Presence } from './presence.js';

export interface PoolOptions {
  server: Server;
  presence: Presence;
  /** How many connections. */
  size: number;
  /** How many statements may be under way on one connection at once. */
  depth?: number;
  /** Milliseconds that a statement may take, its wait for a connection included. */
  timeout: number;
}

/** A connection for a while, and how many milliseconds the wait for it took. */
export interface Lease {
  connection: Connection;
  waited: number;
}

/** There was no connection in time; the request may succeed later. */
export class PoolTimeout extends Error {
  override readonly name = 'PoolTimeout';
  /** Known to `isDatabaseAway`. */
  readonly code = 'POOL_TIMEOUT';
}

/** How much of a statement's time it may wait for a connection: one that waits longer will not be served soon. */
const WAIT_SHARE = 1 / 3;
/** How many of the connections are open in advance. */
const SPARE = 1 / 8;
/** Milliseconds between two looks at the statements under way. */
const LOOK_EVERY = 100;

/**
 * The connections of a gateway, each used by one request at a time: what goes wrong on one is known to be that request's,
 * and a connection that is in doubt is replaced without disturbing another. A statement that is sent behind another one
 * on its connection would wait as long as that one does for its lock, and could not be called back: here it waits in a
 * line that is fair to keys and organizations, and one that waits too long is refused, with nothing executed.
 */
export class ConnectionPool {
  readonly line: FairQueue;
  /** Milliseconds that a statement may take. */
  readonly timeout: number;
  /** How many statements were sent. */
  statements = 0;
  readonly #options: PoolOptions;
  readonly #depth: number;
  /** The one that was used last comes first: it has prepared the most. */
  readonly #idle: Connection[] = [];
  readonly #busy = new Set<Connection>();
  #opening = 0;
  #looking: NodeJS.Timeout | undefined;
  /** Connections that were made before are not kept, by performance.now(). */
  #keptSince = 0;
  #isClosed = false;

  constructor(options: PoolOptions) {
    const { size, depth = 1, timeout } = options;
    this.#options = options;
    this.#depth = depth;
    this.timeout = timeout;
    const patience = timeout * WAIT_SHARE;
    this.line = new FairQueue({ size: size * depth, maxWaiting: Number.POSITIVE_INFINITY, patience });
    options.presence.onSilence(() => this.#replaceIdle());
    options.presence.onMove(() => this.#renew());
  }

  /**
   * Runs something on a connection when it is the account's turn; nothing else is sent on it meanwhile, unless the depth
   * allows it. @throws PoolTimeout
   */
  use<T>(account: Account | null, run: (lease: Lease) => Promise<T>): Promise<T> {
    if (this.#options.presence.isLost) return this.#useLater(account, run);
    const place = this.line.tryEnter(account?.organization ?? '', account?.key ?? '');
    return place === null ? this.#useLater(account, run) : this.#serve(place, 0, run);
  }

  async #useLater<T>(account: Account | null, run: (lease: Lease) => Promise<T>): Promise<T> {
    const { presence } = this.#options;
    if (presence.isLost) await presence.back();
    const { organization = '', key = '' } = account ?? {};
    const began = performance.now();
    const place = await this.line.wait(organization, key).place;
    if (place === null) {
      // Many may have waited too long at once, and what is made of that takes its time, too.
      if (account !== null) await pauseOf(account);
      throw new PoolTimeout('no connection to the database was free in time');
    }
    return this.#serve(place, performance.now() - began, run);
  }

  async #serve<T>(place: Place, waited: number, run: (lease: Lease) => Promise<T>): Promise<T> {
    const { presence } = this.#options;
    let connection: Connection | undefined;
    try {
      // Those ahead may have lost their connections meanwhile.
      if (waited > 0 && presence.isLost) await presence.back();
      connection = this.#take();
      return await run({ connection, waited });
    } catch (error) {
      presence.note(error);
      throw error;
    } finally {
      if (connection !== undefined) this.#giveBack(connection);
      this.line.leave(place);
    }
  }

  /** Whether a request has its connection for itself, as a transaction needs it. */
  get isExclusive(): boolean {
    return this.#depth === 1;
  }

  /** Finishes what is under way, within so many seconds. */
  async close(timeout: number): Promise<void> {
    this.#isClosed = true;
    clearInterval(this.#looking);
    await Promise.all([...this.#idle, ...this.#busy].map((connection) => connection.close(timeout)));
  }

  #take(): Connection {
    if (this.#isClosed) throw connectionClosed();
    const connection = this.#good() ?? this.#shared() ?? new Connection(this.#options.server);
    this.#busy.add(connection);
    this.#keepSpare();
    this.#looking ??= setInterval(() => this.#look(), LOOK_EVERY).unref();
    return connection;
  }

  /** An idle one that was not closed meanwhile. */
  #good(): Connection | undefined {
    let connection = this.#idle.pop();
    while (connection?.isSpent) connection = this.#idle.pop();
    return connection;
  }

  /** One that is in use already, where that is allowed. */
  #shared(): Connection | undefined {
    if (this.#depth === 1) return undefined;
    return [...this.#busy].find(({ isSpent, madeAt }) => !isSpent && madeAt >= this.#keptSince);
  }

  /** Opens one in advance: a busy server takes its time, and who comes beside those that keep it busy is not to wait for it. */
  #keepSpare(): void {
    const { size, server } = this.#options;
    const open = this.#busy.size + this.#idle.length + this.#opening;
    if (this.#idle.length + this.#opening >= Math.floor(size * SPARE) || open >= size) return;
    const connection = new Connection(server);
    this.#opening += 1;
    connection
      .runWithin(this.timeout, 'select 1')
      .then(() => {
        if (this.#isClosed) return connection.close(0);
        this.#idle.unshift(connection);
      })
      // Who needs one will find out by itself.
      .catch(() => {})
      .finally(() => {
        this.#opening -= 1;
      });
  }

  #giveBack(connection: Connection): void {
    if (connection.load > 0) {
      if (this.#depth > 1) return;
      // A statement that its request did not wait for.
      connection.spend(connectionClosed());
    }
    if (!this.#busy.delete(connection)) return;
    if (this.#isClosed || connection.isSpent) return;
    if (connection.isExpired || connection.madeAt < this.#keptSince) void connection.close(0).catch(() => {});
    else this.#idle.push(connection);
  }

  #look(): void {
    const now = performance.now();
    for (const connection of this.#busy) {
      if (connection.look(now) === 'silent') this.#options.presence.silent();
    }
    if (this.#busy.size > 0) return;
    clearInterval(this.#looking);
    this.#looking = undefined;
  }

  /** Closes all connections, those in use when they are not any more. */
  #renew(): void {
    this.#keptSince = performance.now();
    for (const connection of this.#idle.splice(0)) void connection.close(0).catch(() => {});
  }

  /** Where one connection is silent, the others that nothing has come from lately may be as well. */
  #replaceIdle(): void {
    for (const connection of this.#idle.splice(0)) connection.spend(connectionClosed());
  }
}
