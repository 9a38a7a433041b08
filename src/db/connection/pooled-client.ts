import type { Sql } from 'postgres';
import { databaseErrorCode } from '../../foundation/unavailable.js';
import { type Account, currentAccount, pauseFor } from './account.js';
import { connectionClosed, type Rows, type RunOptions } from './connection.js';
import type { ConnectionPool, Lease } from './connection-pool.js';
import { serverTimeout } from './server-timeout.js';
import { beginWithin, beginWithSettings } from './settings.js';

interface StatementOptions {
  /** The name, from `RowSession`. */
  prepare?: string | boolean;
}

export interface Client {
  unsafe(text: string, parameters?: unknown[], options?: StatementOptions): Statement;
}

export interface TransactionClient extends Client {
  savepoint<T>(work: (tx: TransactionClient) => Promise<T>): Promise<T>;
}

export function pooledClient(pool: ConnectionPool): Sql {
  const unsafe = (text: string, parameters: unknown[] = [], options: StatementOptions = {}) => {
    const account = currentAccount();
    return new Statement((asValues) => {
      const rows = pool.use(account, (lease) => {
        const { waited } = lease;
        const deadline = deadlineOf(pool, waited);
        const run = { prepare: options.prepare, asValues, account, deadline };
        const send = () => counted(pool, lease, account, text, parameters, run);
        if (pool.isShared || isLimited(account)) return asTransaction(pool, lease, account, send);
        if (isShort(pool, waited) || !pool.isExclusive) return send();
        // The server must cancel it too, so that nothing is written after the request has ended.
        return inTransaction(pool, lease, account, send);
      });
      return account === null ? rows : rows.then((all) => resumed(account, all));
    });
  };
  const begin = <T>(work: (tx: TransactionClient) => Promise<T>): Promise<T> => {
    const account = currentAccount();
    return pool.use(account, (lease) => inTransaction(pool, lease, account, work));
  };
  return { unsafe, begin } as unknown as Sql;
}

/** Mapping the rows occupies the event loop, so they wait for the account's turn. */
function resumed(account: Account | null, rows: Rows): Rows | Promise<Rows> {
  const paused = account === null ? undefined : pauseFor(account);
  return paused === undefined ? rows : paused.then(() => rows);
}

export class Statement implements PromiseLike<Rows> {
  readonly #send: (asValues: boolean) => Promise<Rows>;
  #asValues = false;
  #rows: Promise<Rows> | undefined;

  constructor(send: (asValues: boolean) => Promise<Rows>) {
    this.#send = send;
  }

  values(): this {
    this.#asValues = true;
    return this;
  }

  // biome-ignore lint/suspicious/noThenProperty: it is awaited in the place of the driver's statement
  then<A, B>(
    done?: ((rows: Rows) => A | PromiseLike<A>) | null,
    failed?: ((error: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    this.#rows ??= this.#send(this.#asValues);
    return this.#rows.then(done, failed) as Promise<A | B>;
  }
}

const isLimited = (account: Account | null) => account !== null && account.limit !== null;

const SHORT_WAIT = 0.05;

const isShort = ({ timeout }: ConnectionPool, waited: number) => waited < timeout * SHORT_WAIT;

const deadlineOf = ({ timeout }: ConnectionPool, waited: number) => performance.now() + timeout - waited;

/** It is the account's, but `options.account` alone is charged. */
function watched(
  { watch }: ConnectionPool,
  { connection, waited }: Lease,
  account: Account | null,
  ...[text, parameters, options]: [string, unknown[], RunOptions]
): Promise<Rows> {
  if (watch === null) return connection.run(text, parameters, options);
  const name = typeof options.prepare === 'string' ? options.prepare : undefined;
  return connection.run(text, parameters, { ...options, onEnd: watch({ text, name, account, waited }) });
}

function counted(...statement: Parameters<typeof watched>): Promise<Rows> {
  statement[0].statements += 1;
  return watched(...statement);
}

async function asTransaction(
  pool: ConnectionPool,
  lease: Lease,
  account: Account | null,
  send: () => Promise<Rows>,
): Promise<Rows> {
  const { waited } = lease;
  const control = (text: string) =>
    watched(pool, lease, account, text, [], { deadline: deadlineOf(pool, waited) });
  const begin = pool.isShared ? beginWithSettings : beginWithin;
  const timeout = Math.min(account?.limit ?? Number.POSITIVE_INFINITY, serverTimeout(pool.timeout) - waited);
  const begun = control(begin(timeout, pool.server));
  const [, sent, ended] = await Promise.allSettled([begun, send(), control('commit')]);
  await begun;
  if (sent.status === 'rejected') throw sent.reason;
  if (ended.status === 'rejected') throw ended.reason;
  if (ended.value.command !== 'COMMIT') throw rolledBack();
  return sent.value;
}

const rolledBack = () => new Error('the transaction was rolled back at its end');

async function inTransaction<T>(
  pool: ConnectionPool,
  lease: Lease,
  account: Account | null,
  work: (tx: TransactionClient) => Promise<T>,
): Promise<T> {
  const { connection, waited } = lease;
  const control = (text: string) =>
    watched(pool, lease, account, text, [], { deadline: deadlineOf(pool, 0) });
  const scope = new Scope(pool, lease, account);
  try {
    await control(
      pool.isShared ? beginWithSettings(serverTimeout(pool.timeout) - waited, pool.server) : 'begin',
    );
    if (!isShort(pool, waited) && !pool.isShared) {
      await control(`set local statement_timeout = ${Math.round(serverTimeout(pool.timeout) - waited)}`);
    }
    const result = await scope.run(work);
    const { command } = await control('commit');
    if (command !== 'COMMIT') throw rolledBack();
    return result;
  } catch (error) {
    // Without the rollback, the next request would run in this transaction.
    if (!connection.isDiscarded) await control('rollback').catch((fault) => connection.discard(fault));
    throw error;
  }
}

const FAILED_TRANSACTION = '25P02';

class Scope implements TransactionClient {
  readonly #pool: ConnectionPool;
  readonly #lease: Lease;
  readonly #account: Account | null;
  readonly #depth: number;
  #failure: unknown;
  #isOver = false;

  constructor(pool: ConnectionPool, lease: Lease, account: Account | null, depth = 0) {
    this.#pool = pool;
    this.#lease = lease;
    this.#account = account;
    this.#depth = depth;
  }

  unsafe(text: string, parameters: unknown[] = [], options: StatementOptions = {}): Statement {
    return new Statement(async (asValues) => {
      if (this.#isOver) throw connectionClosed();
      const run = { ...options, asValues, account: this.#account, deadline: deadlineOf(this.#pool, 0) };
      try {
        const rows = await counted(this.#pool, this.#lease, this.#account, text, parameters, run);
        return resumed(this.#account, rows);
      } catch (error) {
        this.#failure ??= error;
        throw error;
      }
    });
  }

  async savepoint<T>(work: (tx: TransactionClient) => Promise<T>): Promise<T> {
    const name = `s${this.#depth + 1}`;
    await this.unsafe(`savepoint ${name}`);
    try {
      return await new Scope(this.#pool, this.#lease, this.#account, this.#depth + 1).run(work);
    } catch (error) {
      await this.unsafe(`rollback to ${name}`);
      throw error;
    }
  }

  async run<T>(work: (tx: TransactionClient) => Promise<T>): Promise<T> {
    try {
      const result = await work(this);
      if (this.#failure !== undefined) throw this.#failure;
      return result;
    } catch (error) {
      // Later statements fail only because of the first one.
      throw databaseErrorCode(error) === FAILED_TRANSACTION ? (this.#failure ?? error) : error;
    } finally {
      this.#isOver = true;
    }
  }
}
