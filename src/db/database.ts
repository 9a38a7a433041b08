import type { Logger } from 'drizzle-orm';
import { PgDialect } from 'drizzle-orm/pg-core';
import { drizzle, PostgresJsDatabase } from 'drizzle-orm/postgres-js';
import postgres, { type Sql } from 'postgres';
import { type Account, chargedTo, currentAccount } from './account.js';
import { gatedClient } from './gated-client.js';
import { type DatabaseHealth, openHealthProbe } from './health.js';
import { PoolGate } from './pool-gate.js';
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
/** Seconds between two tries to connect. The driver's own rule makes requests wait up to 20 once a server was away. */
const RECONNECT_AFTER = 0.05;

/** How much of a statement's time it may spend in the line for a connection: who is still there then will not be served soon. */
const LINE_SHARE = 1 / 3;

/** On the connection for sign-in questions may follow one another at once: none of them waits for a lock. */
const FRONT_QUESTIONS = 100;

/** Connects and makes sure that the server answers; rejects with the driver's error when it does not. */
export async function openDatabase(options: DatabaseOptions): Promise<Database> {
  const { url, directUrl, poolSize, timeout = 15, logger } = options;
  const probe = openHealthProbe(url);
  // On the probe's connection: the pool's may all be held by a lock.
  const presence = new Presence(probe.ping);
  const lose = () => presence.lose();
  const size = Math.max(1, poolSize - 1);
  const client = connect(url, size, lose);
  const front = poolSize > 1 ? connect(url, 1, lose) : client;
  const clients = [...new Set([client, front])];
  const end = (timeout: number) =>
    Promise.all([...clients.map((each) => each.end({ timeout })), probe.close()]);
  try {
    await client`select 1`;
  } catch (error) {
    await end(0);
    throw error;
  }
  const gate = new PoolGate(size, timeout * 1000 * LINE_SHARE);
  const count = { statements: 0 };
  const gates = { gate, presence, count, timeout: timeout * 1000 };
  const db = rowDatabase(client, (inner) => gatedClient(inner, gates), logger);
  const frontGates = { ...gates, gate: new PoolGate(FRONT_QUESTIONS, gate.patience) };
  const signals = new Signals(gatedClient(client, gates), directUrl ?? (isPooled(url) ? null : url));
  const telling = async <T>(run: () => Promise<T>, account = currentAccount()) => {
    const written = await retried(() => chargedTo(account, run));
    signals.committed();
    return written;
  };
  return {
    db,
    front: front === client ? db : rowDatabase(front, (inner) => gatedClient(inner, frontGates), logger),
    transaction: (work, account) => telling(() => db.transaction(work), account),
    statement: telling,
    signals,
    health: () => probe.look(),
    pool: () => ({ size: gate.size, inUse: gate.inUse, waiting: gate.waiting, ...count }),
    close: async () => void (await end(5)),
  };
}

function connect(url: string, max: number, lose: () => void): Sql {
  return postgres(url, {
    max,
    onclose: lose,
    connect_timeout: 5,
    backoff: () => RECONNECT_AFTER,
    onnotice: () => {},
    connection: { application_name: 'switchboard' },
  });
}

/** Whether the URL says that there is a pooler in transaction mode in between. */
const isPooled = (url: string) => new URL(url).searchParams.get('prepare') === 'false';

/** As `drizzle(client)` would make it, which readies the client too, but for the session. */
function rowDatabase(client: Sql, gated: (client: Sql) => Sql, logger: Logger | undefined): Db {
  const casing = 'snake_case';
  const { $client } = drizzle(client, { casing });
  const dialect = new PgDialect({ casing });
  const session = new RowSession(gated($client), dialect, undefined, { logger });
  return new PostgresJsDatabase(dialect, session, undefined);
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
