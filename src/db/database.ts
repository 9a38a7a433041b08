import type { Logger } from 'drizzle-orm';
import { PgDialect } from 'drizzle-orm/pg-core';
import { PostgresJsDatabase } from 'drizzle-orm/postgres-js';
import type { Sql } from 'postgres';
import { isPooled } from '../foundation/postgres-url.js';
import { StartError } from '../foundation/start-error.js';
import {
  databaseErrorCode,
  isConnectionLost,
  isDatabaseAway,
  isSignInRefused,
} from '../foundation/unavailable.js';
import {
  type Account,
  chargedTo,
  currentAccount,
  forWrite,
  setAccount,
  startNow,
} from './connection/account.js';
import { CommitSignals } from './connection/commit-signals.js';
import { Connection, connectionClosed, type Rows } from './connection/connection.js';
import { ConnectionPool } from './connection/connection-pool.js';
import { ConnectionState } from './connection/connection-state.js';
import { type Server, type ServerAddress, type ServerOptions, serverOf } from './connection/driver.js';
import { type DatabaseHealth, openHealthProbe } from './connection/health.js';
import { pooledClient } from './connection/pooled-client.js';
import { RowSession } from './connection/row-session.js';
import { inSchema } from './connection/settings.js';
import type { StatementWatch } from './connection/statement-watch.js';
import { readingClient } from './replicas/replica-reading.js';
import { Replicas } from './replicas/replicas.js';

export type Db = PostgresJsDatabase;
export type Transaction = Parameters<Parameters<Db['transaction']>[0]>[0];

export interface Database {
  db: Db;
  /** Separate, because sign-in would wait on the others for slow reads and for writes to reach the disk. */
  signInDb: Db;
  /**
   * READ COMMITTED. Retries deadlocks and serialization failures up to three times, and charges each try to `account`
   * or the current one.
   */
  transaction<T>(work: (tx: Transaction) => Promise<T>, account?: Account): Promise<T>;
  statement<T>(run: () => Promise<T>, account?: Account): Promise<T>;
  /** In a transaction on a connection of its own, for what takes longer than a request may. */
  atLength(text: string, parameters: unknown[], signal: AbortSignal): Promise<Rows>;
  signals: CommitSignals;
  /** Sees each statement of the pools; null ends that. */
  watchStatements(watch: StatementWatch | null): void;
  /** Null without DATABASE_READ_URL. */
  replicas: Replicas | null;
  health(): Promise<DatabaseHealth>;
  pool(): PoolLoad;
  address: ServerAddress;
  close(): Promise<void>;
}

export interface PoolLoad {
  size: number;
  inUse: number;
  waiting: number;
  statements: number;
}

export interface DatabaseOptions extends ServerOptions {
  /** postgres://…; with `?prepare=transaction` or `?prepare=false` for PgBouncer in transaction mode. */
  url: string;
  /** Bypasses the pooler, which does not forward NOTIFY. */
  directUrl?: string | undefined;
  /** A single connection also serves as signInDb. */
  poolSize: number;
  /** Seconds, including the wait for a connection. Default 15. */
  timeout?: number;
  /** Whether it is opened though it does not answer: then each statement fails until it does. */
  mayBeAway?: boolean;
  replicas?: { urls: readonly string[]; poolSize: number; maxLag: number };
  logger?: Logger;
}

const DEADLOCK = '40P01';
const SERIALIZATION_FAILURE = '40001';
const ATTEMPTS = 4;
/** Sign-in reads never wait for locks, so many may share one connection. */
const SIGN_IN_DEPTH = 100;

export async function openDatabase(options: DatabaseOptions): Promise<Database> {
  const { url, directUrl, poolSize, logger } = options;
  const server = serverOf(url, options);
  const direct = directUrl === undefined ? null : serverOf(directUrl, options);
  const isShared = isPooled(url);
  const mayServe = (error: unknown) => {
    if (options.mayBeAway !== true || !isDatabaseAway(error) || isSignInRefused(error)) throw error;
    return false;
  };
  if (isShared) await tryPooler(server).catch(mayServe);
  else if (await areShared(server).catch(mayServe)) throw new StartError(POOLED);
  const probe = openHealthProbe(server, (how) => connectionState.markMoved(how));
  // On the probe's own connection, because a lock may hold all connections of the pool.
  const connectionState: ConnectionState = new ConnectionState(probe.ping);
  const settings = { server, connectionState, isShared, timeout: (options.timeout ?? 15) * 1000 };
  const pool = new ConnectionPool({ ...settings, size: Math.max(1, poolSize - 1) });
  const signInDb = poolSize > 1 ? new ConnectionPool({ ...settings, size: 1, depth: SIGN_IN_DEPTH }) : pool;
  const client = pooledClient(pool);
  const { replicas: read } = options;
  const replicas =
    read === undefined || read.urls.length === 0
      ? null
      : new Replicas({
          ...read,
          primary: direct ?? server,
          servers: read.urls.map((each) => serverOf(each, options)),
          timeout: settings.timeout,
        });
  connectionState.onMove(() => replicas?.renew());
  const db = rowDatabase(replicas === null ? client : readingClient(client), logger);
  const signals = new CommitSignals(client, direct ?? (isShared ? null : server));
  const withSignal = async <T>(run: () => Promise<T>, account = currentAccount()) => {
    try {
      const written = await retried(() => chargedTo(account, () => startNow(run())));
      signals.committed();
      return written;
    } finally {
      // Where the connection was lost, it may have been committed as well.
      replicas?.wrote(account?.organization ?? null);
    }
  };
  return {
    db,
    signInDb: signInDb === pool ? db : rowDatabase(pooledClient(signInDb), logger),
    transaction: (work, account = currentAccount() ?? undefined) => {
      const run = () =>
        db.transaction((tx) => {
          setAccount(tx, account ?? null);
          return work(tx);
        });
      return withSignal(run, account);
    },
    statement: (run, account = currentAccount() ?? undefined) =>
      withSignal(run, account && forWrite(account)),
    atLength: (text, parameters, signal) => atLength(server, text, parameters, signal),
    signals,
    watchStatements: (watch) => {
      for (const each of [pool, signInDb, ...(replicas?.pools ?? [])]) each.watch = watch;
    },
    replicas,
    health: () => probe.current(),
    address: server.address,
    pool: () => ({
      size: pool.queue.size,
      inUse: pool.queue.inUse,
      waiting: pool.queue.waiting,
      statements:
        pool.statements + (signInDb === pool ? 0 : signInDb.statements) + (replicas?.statements ?? 0),
    }),
    close: async () => {
      await Promise.all([...new Set([pool, signInDb])].map((each) => each.close(CLOSE_WITHIN)));
      await replicas?.close();
      await probe.close();
    },
  };
}

const CLOSE_WITHIN = 5;

async function tryPooler(server: Server): Promise<void> {
  const [one, other] = [new Connection(server), new Connection(server)];
  try {
    const prepared = () => one.run('select $1::text', ['prepared'], { prepare: true });
    await one.runWithin(FIRST_ANSWER_MS, 'select 1');
    if (!server.isPrepared) return;
    await prepared();
    // Takes the session in which it was prepared.
    await other.runWithin(FIRST_ANSWER_MS, 'begin');
    await one.runWithin(FIRST_ANSWER_MS, 'begin');
    await prepared().catch((cause) => {
      throw isConnectionLost(cause) ? cause : new StartError(FORGETS, { cause });
    });
  } finally {
    await Promise.all([one, other].map((connection) => connection.close(0).catch(() => {})));
  }
}

const FORGETS =
  'DATABASE_URL leads through a pooler that does not keep prepared statements: set max_prepared_statements of PgBouncer ' +
  '1.21 or newer, or write ?prepare=false instead of ?prepare=transaction';

const POOLED =
  'DATABASE_URL leads through a pooler that gives each transaction another session, as PgBouncer does in transaction mode: ' +
  'add ?prepare=transaction to it if that keeps prepared statements, as PgBouncer 1.21 or newer can, otherwise ?prepare=false';

async function areShared(server: Server): Promise<boolean> {
  const [one, other] = [new Connection(server), new Connection(server)];
  const sessionOf = async (connection: Connection) =>
    (await connection.runWithin(FIRST_ANSWER_MS, 'select pg_backend_pid() as pid'))[0]?.pid;
  try {
    const first = await sessionOf(one);
    // Forces the pooler to give the first connection another session.
    await other.runWithin(FIRST_ANSWER_MS, 'begin');
    if ((await sessionOf(other)) === first || (await sessionOf(one)) !== first) return true;
    await other.runWithin(FIRST_ANSWER_MS, 'commit');
    return false;
  } finally {
    await Promise.all([one, other].map((connection) => connection.close(0).catch(() => {})));
  }
}

const FIRST_ANSWER_MS = 10_000;

async function atLength(
  server: Server,
  text: string,
  parameters: unknown[],
  signal: AbortSignal,
): Promise<Rows> {
  const connection = new Connection(server);
  const stop = () => connection.discard(connectionClosed());
  signal.addEventListener('abort', stop, { once: true });
  try {
    await connection.run(inSchema(server, 'begin; set local statement_timeout = 0'));
    const rows = await connection.run(text, parameters);
    await connection.run('commit');
    return rows;
  } finally {
    signal.removeEventListener('abort', stop);
    await connection.close(0).catch(() => {});
  }
}

/** `drizzle(client)` would set its parsers on the client. */
function rowDatabase(client: Sql, logger: Logger | undefined): Db {
  const dialect = new PgDialect({ casing: 'snake_case' });
  return new PostgresJsDatabase(
    dialect,
    new RowSession(client as never, dialect, undefined, { logger }),
    undefined,
  );
}

async function retried<T>(run: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await run();
    } catch (error) {
      const code = databaseErrorCode(error);
      if (attempt === ATTEMPTS || (code !== DEADLOCK && code !== SERIALIZATION_FAILURE)) throw error;
    }
  }
}
