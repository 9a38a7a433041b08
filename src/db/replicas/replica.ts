import { setTimeout as sleep } from 'node:timers/promises';
import type { Sql } from 'postgres';
import { gathered } from '../../foundation/gathered.js';
import { isConnectionLost } from '../../foundation/unavailable.js';
import { Connection, connectionClosed } from '../connection/connection.js';
import { ConnectionPool } from '../connection/connection-pool.js';
import { ConnectionState, DatabaseLost } from '../connection/connection-state.js';
import type { Server } from '../connection/driver.js';
import { pooledClient } from '../connection/pooled-client.js';
import { isSame, type Line, type WalClock } from './wal-clock.js';

/**
 * `behind`: further than DATABASE_READ_MAX_LAG. `foreign`: no standby of this database, or of an earlier line of it; or the
 * URL leads to several servers.
 */
export type ReplicaState = 'ok' | 'behind' | 'away' | 'foreign';

export interface ReplicaOptions {
  /** Its place in DATABASE_READ_URL, from 1 on. */
  name: string;
  server: Server;
  clock: WalClock;
  poolSize: number;
  /** Milliseconds for a statement. */
  timeout: number;
  /** Milliseconds; 0 for any. */
  maxLag: number;
}

/** Milliseconds. */
const TIMEOUT_MS = 2_000;
/** Between two looks at how far it is, while reads wait for it. */
const LOOK_AGAIN = 2;
/** After which one that leads to several servers is tried again. */
const SUSPENDED_FOR = 30_000;
const CLOSE_WITHIN = 5;

/** A server is another one after a restart: it may have gone back to before what it has shown. */
const WHO = 'select extract(epoch from pg_postmaster_start_time())::text as started';
const LINE = 'select epoch::text, home from log_epoch';
const REPLAYED = `select pg_is_in_recovery() as is_standby, (pg_last_wal_replay_lsn() - '0/0')::text as replayed,
  (pg_last_wal_receive_lsn() - '0/0')::text as received`;

let starts = 0;

/** One run of the server that the URL leads to. */
export interface Standby {
  readonly id: string;
  readonly started: string;
  /** At least. */
  replayed: bigint;
  /** It has shown nothing that is after it; null if that is unknown. A commit is visible shortly before it counts as replayed. */
  received: bigint | null;
}

export class Replica {
  readonly name: string;
  readonly pool: ConnectionPool;
  readonly client: Sql;
  /** How far it is, of a look that began after the call. @throws if it is away */
  readonly look: () => Promise<Standby>;
  readonly #options: ReplicaOptions;
  readonly #connectionState: ConnectionState;
  readonly #startedOf = new WeakMap<Connection, Promise<string>>();
  #connection: Connection;
  #standby: Standby | null = null;
  #line: Line | null = null;
  #freshAsOf = Number.NEGATIVE_INFINITY;
  #suspendedUntil = Number.NEGATIVE_INFINITY;
  /** Reads have waited for this position in vain, so that others do not. */
  #awaited = 0n;
  #isFollowing = false;
  #isForeign = false;
  #isClosed = false;

  constructor(options: ReplicaOptions) {
    const { name, server, poolSize, timeout } = options;
    this.name = name;
    this.#options = options;
    this.look = gathered(() => this.#look());
    this.#connectionState = new ConnectionState(async () => {
      if (this.#standby === null) throw new DatabaseLost('the replica is away');
      await this.look();
    });
    this.pool = new ConnectionPool({
      server,
      connectionState: this.#connectionState,
      size: poolSize,
      timeout,
      isShared: false,
      isReadOnly: true,
      check: (connection) => this.#check(connection),
    });
    this.client = pooledClient(this.pool);
    this.#connection = this.#connect();
  }

  get standby(): Standby | null {
    return this.#standby;
  }

  get state(): ReplicaState {
    if (this.#isForeign || performance.now() < this.#suspendedUntil) return 'foreign';
    if (this.#standby === null || this.#line === null) return 'away';
    const { clock, maxLag } = this.#options;
    if (!isSame(this.#line, clock.line)) return 'foreign';
    return maxLag > 0 && performance.now() - this.freshAsOf > maxLag ? 'behind' : 'ok';
  }

  /** Whether it is a standby of the primary as that is now, and not too far behind. */
  get isUsable(): boolean {
    return this.state === 'ok';
  }

  /** By performance.now(): all that was committed before is there. */
  get freshAsOf(): number {
    const covered = this.#standby === null ? undefined : this.#options.clock.covered(this.#standby.replayed);
    if (covered !== undefined && covered > this.#freshAsOf) this.#freshAsOf = covered;
    return this.#freshAsOf;
  }

  get lag(): { bytes: number; seconds: number } | null {
    const { newest } = this.#options.clock;
    if (this.#standby === null || newest === undefined || !Number.isFinite(this.freshAsOf)) return null;
    const bytes = Number(newest.lsn - this.#standby.replayed);
    if (bytes <= 0) return { bytes: 0, seconds: 0 };
    return { bytes, seconds: (performance.now() - this.freshAsOf) / 1_000 };
  }

  has(lsn: bigint): boolean {
    return this.#standby !== null && this.#standby.replayed >= lsn;
  }

  /** Whether it will soon be so far, as it seems. */
  mayReach(lsn: bigint): boolean {
    return lsn < this.#awaited || this.has(this.#awaited);
  }

  async reaches(lsn: bigint, milliseconds: number): Promise<boolean> {
    const until = performance.now() + milliseconds;
    try {
      for (;;) {
        if ((await this.look()).replayed >= lsn) return true;
        if (performance.now() + LOOK_AGAIN > until) break;
        await sleep(LOOK_AGAIN);
      }
    } catch {
      return false;
    }
    this.#awaited = lsn;
    return false;
  }

  /** False if it does so already. */
  async follow(): Promise<boolean> {
    if (this.#isFollowing) return false;
    this.#isFollowing = true;
    try {
      await this.look();
      const [line] = await this.#connection.runWithin(TIMEOUT_MS, LINE, { prepare: true });
      this.#line = { epoch: line?.epoch as string, home: line?.home as string };
    } catch (error) {
      this.#lose(error);
    } finally {
      this.#isFollowing = false;
    }
    return true;
  }

  /** What a statement on it failed of. */
  report(error: unknown): void {
    if (error instanceof OtherServer) this.#suspendedUntil = performance.now() + SUSPENDED_FOR;
    // Postgres may have ended this session alone.
    else if (isConnectionLost(error)) this.look().catch(() => {});
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await Promise.all([this.pool.close(CLOSE_WITHIN), this.#connection.close(0)]);
  }

  #connect(): Connection {
    const options = { applicationName: 'switchboard replica', connectTimeout: TIMEOUT_MS / 1_000 };
    return new Connection(this.#options.server, options);
  }

  async #look(): Promise<Standby> {
    if (this.#isClosed) throw connectionClosed();
    if (this.#connection.isDiscarded) this.#connection = this.#connect();
    const connection = this.#connection;
    try {
      const started = await this.#started(connection);
      const [row] = await connection.runWithin(TIMEOUT_MS, REPLAYED, { prepare: true });
      if (row?.is_standby !== true || row.replayed === null) throw new NoStandby();
      const received = typeof row.received === 'string' ? BigInt(row.received) : null;
      return this.#saw(started, BigInt(row.replayed as string), received);
    } catch (error) {
      this.#isForeign = error instanceof NoStandby;
      this.#lose(error);
      throw error;
    }
  }

  #saw(started: string, replayed: bigint, received: bigint | null): Standby {
    this.#isForeign = false;
    let standby = this.#standby;
    if (standby?.started !== started) {
      starts += 1;
      standby = { id: `${this.name}/${starts}`, started, replayed, received };
      this.#standby = standby;
      this.#awaited = 0n;
      this.#freshAsOf = Number.NEGATIVE_INFINITY;
      this.#line = null;
    }
    if (replayed > standby.replayed) standby.replayed = replayed;
    // From an archive, it replays more than it receives.
    standby.received = received !== null && received >= replayed ? received : null;
    return standby;
  }

  /** Statements that wait for an answer of it go to the primary instead. */
  #lose(error: unknown): void {
    this.#standby = null;
    this.#connection.discard(error);
    this.pool.discard();
  }

  /** Behind a name or a balancer, there may be several servers, each at its own position. */
  async #check(connection: Connection): Promise<void> {
    const standby = this.#standby;
    const started = await this.#started(connection);
    if (standby !== null && started === standby.started && standby === this.#standby) return;
    connection.discard(connectionClosed());
    // Otherwise it has been started anew meanwhile, and the next look says so.
    const isStillThere = await this.look().then(
      ({ started: now }) => now === standby?.started,
      () => false,
    );
    throw isStillThere ? new OtherServer() : connectionClosed();
  }

  #started(connection: Connection): Promise<string> {
    let started = this.#startedOf.get(connection);
    if (started === undefined) {
      started = connection.runWithin(TIMEOUT_MS, WHO).then(([row]) => String(row?.started));
      this.#startedOf.set(connection, started);
    }
    return started;
  }
}

export class OtherServer extends Error {
  override readonly name = 'OtherServer';

  constructor() {
    super('the URL of a replica leads to several servers');
  }
}

class NoStandby extends Error {
  override readonly name = 'NoStandby';

  constructor() {
    super('the server is no standby that replays a primary');
  }
}
