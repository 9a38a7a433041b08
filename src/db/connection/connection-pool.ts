import { FairQueue, type Slot } from '../../foundation/fair-queue.js';
import { type Account, pauseFor } from './account.js';
import { Connection, connectionClosed } from './connection.js';
import type { ConnectionState } from './connection-state.js';
import type { Server } from './driver.js';
import { sessionSettings } from './settings.js';
import type { StatementWatch } from './statement-watch.js';

export interface PoolOptions {
  server: Server;
  connectionState: ConnectionState;
  size: number;
  depth?: number;
  /** Milliseconds for a statement, including its wait for a connection. */
  timeout: number;
  /** A pooler gives each transaction another session. */
  isShared: boolean;
  isReadOnly?: boolean;
  /** Before each use; what it throws ends the use. */
  check?(connection: Connection): Promise<void>;
}

export interface Lease {
  connection: Connection;
  waited: number;
}

export class PoolTimeout extends Error {
  override readonly name = 'PoolTimeout';
  readonly code = 'POOL_TIMEOUT';
}

const WAIT_SHARE = 1 / 3;
const SPARE_SHARE = 1 / 8;
const CHECK_INTERVAL_MS = 100;

/**
 * Each connection serves one request at a time, so that a fault belongs to one request. Pipelined statements would wait
 * for each other's locks and could not be cancelled, so they wait in a fair queue instead.
 */
export class ConnectionPool {
  readonly queue: FairQueue;
  readonly timeout: number;
  readonly isShared: boolean;
  readonly server: Server;
  statements = 0;
  watch: StatementWatch | null = null;
  readonly #options: PoolOptions;
  readonly #depth: number;
  /** Last in, first out: the latest one has the most prepared statements. */
  readonly #idle: Connection[] = [];
  readonly #busy = new Set<Connection>();
  #opening = 0;
  #checkTimer: NodeJS.Timeout | undefined;
  #renewedAt = 0;
  #isClosed = false;

  constructor(options: PoolOptions) {
    const { server, size, depth = 1, timeout, isShared } = options;
    this.#options = options;
    this.#depth = depth;
    this.timeout = timeout;
    this.isShared = isShared;
    this.server = server;
    const maxWait = timeout * WAIT_SHARE;
    this.queue = new FairQueue({ size: size * depth, maxWaiting: Number.POSITIVE_INFINITY, maxWait });
    options.connectionState.onSilence(() => this.#replaceIdle());
    options.connectionState.onMove(() => this.#renew());
  }

  use<T>(account: Account | null, run: (lease: Lease) => Promise<T>): Promise<T> {
    if (this.#options.connectionState.isLost) return this.#useWhenFree(account, run);
    const slot = this.queue.tryEnter(account?.organization ?? '', account?.key ?? '');
    return slot === null ? this.#useWhenFree(account, run) : this.#serve(slot, 0, run);
  }

  async #useWhenFree<T>(account: Account | null, run: (lease: Lease) => Promise<T>): Promise<T> {
    const { connectionState } = this.#options;
    if (connectionState.isLost) await connectionState.recovered();
    const { organization = '', key = '' } = account ?? {};
    const began = performance.now();
    const slot = await this.queue.wait(organization, key).slot;
    if (slot === null) {
      // Many requests may time out at once, and handling that takes time as well.
      if (account !== null) await pauseFor(account);
      throw new PoolTimeout('no connection to the database was free in time');
    }
    return this.#serve(slot, performance.now() - began, run);
  }

  async #serve<T>(slot: Slot, waited: number, run: (lease: Lease) => Promise<T>): Promise<T> {
    const { connectionState } = this.#options;
    let connection: Connection | undefined;
    try {
      if (waited > 0 && connectionState.isLost) await connectionState.recovered();
      connection = this.#take();
      const checking = this.#options.check?.(connection);
      if (checking !== undefined) await checking;
      return await run({ connection, waited });
    } catch (error) {
      connectionState.report(error);
      throw error;
    } finally {
      if (connection !== undefined) this.#release(connection);
      this.queue.leave(slot);
    }
  }

  get isExclusive(): boolean {
    return this.#depth === 1;
  }

  async close(timeout: number): Promise<void> {
    this.#isClosed = true;
    clearInterval(this.#checkTimer);
    await Promise.all([...this.#idle, ...this.#busy].map((connection) => connection.close(timeout)));
  }

  #take(): Connection {
    if (this.#isClosed) throw connectionClosed();
    const connection = this.#takeIdle() ?? this.#findShared() ?? this.#connect();
    this.#busy.add(connection);
    this.#keepSpare();
    this.#checkTimer ??= setInterval(() => this.#checkBusy(), CHECK_INTERVAL_MS).unref();
    return connection;
  }

  #connect(): Connection {
    const { isReadOnly = false } = this.#options;
    const settings = this.isShared ? {} : { settings: sessionSettings(this.timeout, { isReadOnly }) };
    return new Connection(this.server, settings);
  }

  #takeIdle(): Connection | undefined {
    let connection = this.#idle.pop();
    while (connection?.isDiscarded) connection = this.#idle.pop();
    return connection;
  }

  #findShared(): Connection | undefined {
    if (this.#depth === 1) return undefined;
    return [...this.#busy].find(({ isDiscarded, createdAt }) => !isDiscarded && createdAt >= this.#renewedAt);
  }

  /** Connecting to a busy server is slow. */
  #keepSpare(): void {
    const { size } = this.#options;
    const open = this.#busy.size + this.#idle.length + this.#opening;
    if (this.#idle.length + this.#opening >= Math.floor(size * SPARE_SHARE) || open >= size) return;
    const connection = this.#connect();
    this.#opening += 1;
    connection
      .runWithin(this.timeout, 'select 1')
      .then(() => {
        if (this.#isClosed) return connection.close(0);
        this.#idle.unshift(connection);
      })
      .catch(() => {})
      .finally(() => {
        this.#opening -= 1;
      });
  }

  #release(connection: Connection): void {
    if (connection.load > 0) {
      if (this.#depth > 1) return;
      connection.discard(connectionClosed());
    }
    if (!this.#busy.delete(connection)) return;
    if (this.#isClosed || connection.isDiscarded) return;
    if (connection.isExpired || connection.createdAt < this.#renewedAt)
      void connection.close(0).catch(() => {});
    else this.#idle.push(connection);
  }

  #checkBusy(): void {
    const now = performance.now();
    for (const connection of this.#busy) {
      if (connection.check(now) === 'silent') this.#options.connectionState.markSilent();
    }
    if (this.#busy.size > 0) return;
    clearInterval(this.#checkTimer);
    this.#checkTimer = undefined;
  }

  #renew(): void {
    this.#renewedAt = performance.now();
    for (const connection of this.#idle.splice(0)) void connection.close(0).catch(() => {});
  }

  /** What runs fails at once. */
  discard(): void {
    this.#replaceIdle();
    for (const connection of this.#busy) connection.discard(connectionClosed());
  }

  #replaceIdle(): void {
    for (const connection of this.#idle.splice(0)) connection.discard(connectionClosed());
  }
}
