import type { Logger } from 'drizzle-orm';
import { PgDialect } from 'drizzle-orm/pg-core';
import { PostgresJsDatabase } from 'drizzle-orm/postgres-js';
import type { Sql } from 'postgres';
import { type Account, chargedTo, currentAccount, noteAccount, ofWrite } from './account.js';
import { Connection } from './connection.js';
import { ConnectionPool } from './connection-pool.js';
import { type Server, serverOf } from './driver.js';
import { type DatabaseHealth, openHealthProbe } from './health.js';
import { pooledClient } from './pooled-client.js';
import { Presence } from './presence.js';
import { RowSession } from './row-session.js';
import { Signals } from './signals.js';
import { databaseErrorCode } from './unavailable.js';

export type Db = PostgresJsDatabase;
export type Transaction = Parameters<Parameters<Db['transaction']>[0]>[0];

export interface Database {
  /** For reads and for statements of their own. */
  db: Db;
  /**
   * A connection apart for the question who asks, with which every request begins: on the others it would wait behind
   * slow reads, and behind writes until they are on the disk.
   */
  front: Db;
  /**
   * Runs `work` in one READ COMMITTED transaction; what it throws rolls everything back. A deadlock or serialization
   * failure, after which Postgres has undone the whole transaction, is tried again up to three times.
   * Each try is charged to the account; without one to that which all is charged to now.
   */
  transaction<T>(work: (tx: Transaction) => Promise<T>, account?: Account): Promise<T>;
  /** Runs a write that is one statement, and tries it again likewise. */
  statement<T>(run: () => Promise<T>, account?: Account): Promise<T>;
  /** Tells of what `transaction` and `statement` have committed. */
  signals: Signals;
  /** How the database is at the moment; answers soon, also when it is away. */
  health(): Promise<DatabaseHealth>;
  /** Connections at work, who waits for one, and the statements that were sent so far. */
  pool(): PoolLoad;
  close(): Promise<void>;
}

export interface PoolLoad {
  size: number;
  inUse: number;
  waiting: number;
  statements: number;
}

export interface DatabaseOptions {
  /** postgres://…; `?prepare=false` for PgBouncer in transaction mode. */
  url: string;
  /** Leads past such a pooler, which hears no NOTIFY. */
  directUrl?: string | undefined;
  /** How many connections; if there is but one, it serves as front too. */
  poolSize: number;
  /** Seconds that a statement may wait for a connection and run, together. Default 15, as statement_timeout. */
  timeout?: number;
  /** Sees every statement; the tests count them. */
  logger?: Logger;
}

const DEADLOCK = '40P01';
const SERIALIZATION_FAILURE = '40001';
const ATTEMPTS = 4;
/** On the connection for sign-in questions may follow one another at once: none of them waits for a lock. */
const FRONT_QUESTIONS = 100;

/** Connects and makes sure that the server answers; rejects with the driver's error when it does not. */
export async function openDatabase(options: DatabaseOptions): Promise<Database> {
  const { url, directUrl, poolSize, logger } = options;
  const server = serverOf(url);
  await tryHosts(server);
  const probe = openHealthProbe(server, (how) => presence.moved(how));
  // On the probe's connection: the pool's may all be held by a lock.
  const presence: Presence = new Presence(probe.ping);
  const settings = { server, presence, timeout: (options.timeout ?? 15) * 1000 };
  const pool = new ConnectionPool({ ...settings, size: Math.max(1, poolSize - 1) });
  const front = poolSize > 1 ? new ConnectionPool({ ...settings, size: 1, depth: FRONT_QUESTIONS }) : pool;
  const client = pooledClient(pool);
  const db = rowDatabase(client, logger);
  const signals = new Signals(client, directUrl ?? (isPooled(url) ? null : url));
  const telling = async <T>(run: () => Promise<T>, account = currentAccount()) => {
    const written = await retried(() => chargedTo(account, run));
    signals.committed();
    return written;
  };
  return {
    db,
    front: front === pool ? db : rowDatabase(pooledClient(front), logger),
    transaction: (work, account = currentAccount() ?? undefined) => {
      const run = () =>
        db.transaction((tx) => {
          noteAccount(tx, account ?? null);
          return work(tx);
        });
      return telling(run, account);
    },
    statement: (run, account = currentAccount() ?? undefined) => telling(run, account && ofWrite(account)),
    signals,
    health: () => probe.look(),
    pool: () => ({
      size: pool.line.size,
      inUse: pool.line.inUse,
      waiting: pool.line.waiting,
      statements: pool.statements + (front === pool ? 0 : front.statements),
    }),
    close: async () => {
      await Promise.all([...new Set([pool, front])].map((each) => each.close(CLOSE_WITHIN)));
      await probe.close();
    },
  };
}

/** Seconds that statements under way have to end when the database is closed. */
const CLOSE_WITHIN = 5;

/** Resolves when one of the hosts answers; rejects with the last one's error. */
async function tryHosts(server: Server): Promise<void> {
  for (let host = 1; ; host += 1) {
    const connection = new Connection(server);
    try {
      await connection.runWithin(START_PATIENCE, 'select 1');
      return;
    } catch (error) {
      if (host >= server.hosts) throw error;
    } finally {
      await connection.close(0).catch(() => {});
    }
  }
}

/** Milliseconds that the server has to answer the first time. */
const START_PATIENCE = 10_000;

/** Whether the URL says that there is a pooler in transaction mode in between. */
const isPooled = (url: string) => new URL(url).searchParams.get('prepare') === 'false';

/** As `drizzle(client)` would make it, but for the session. */
function rowDatabase(client: Sql, logger: Logger | undefined): Db {
  const dialect = new PgDialect({ casing: 'snake_case' });
  return new PostgresJsDatabase(dialect, new RowSession(client, dialect, undefined, { logger }), undefined);
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
