import type { Sql } from 'postgres';
import { type Account, currentAccount, pauseOf } from './account.js';
import { type Connection, connectionClosed, type Rows, type RunOptions } from './connection.js';
import type { ConnectionPool } from './connection-pool.js';
import { serverTimeout } from './server-timeout.js';
import { databaseErrorCode } from './unavailable.js';

interface StatementOptions {
  prepare?: boolean;
}

/** The part of the driver's client that Drizzle uses. */
interface Client {
  unsafe(text: string, parameters?: unknown[], options?: StatementOptions): Statement;
}

interface TransactionClient extends Client {
  savepoint<T>(work: (tx: TransactionClient) => Promise<T>): Promise<T>;
}

/** Statements on whichever connection of the pool is free, and transactions on one of them, as Drizzle asks for them. */
export function pooledClient(pool: ConnectionPool): Sql {
  const unsafe = (text: string, parameters: unknown[] = [], options: StatementOptions = {}) => {
    const account = currentAccount();
    return new Statement((asValues) => {
      const rows = pool.use(account, ({ connection, waited }) => {
        const deadline = deadlineOf(pool, waited);
        const run = { prepare: options.prepare, asValues, account, deadline };
        const send = () => counted(pool, connection, text, parameters, run);
        if (isShort(pool, waited) || !pool.isExclusive) return send();
        // The server is to give up in time, too: what nobody waits for any more must not be written.
        return inTransaction(pool, connection, account, waited, send);
      });
      return account === null ? rows : rows.then((all) => resumed(account, all));
    });
  };
  const begin = <T>(work: (tx: TransactionClient) => Promise<T>): Promise<T> => {
    const account = currentAccount();
    return pool.use(account, ({ connection, waited }) =>
      inTransaction(pool, connection, account, waited, work),
    );
  };
  return { unsafe, begin } as unknown as Sql;
}

/** Hands rows on when it is the account's turn: what becomes of them keeps the event loop busy. */
function resumed(account: Account | null, rows: Rows): Rows | Promise<Rows> {
  const paused = account === null ? undefined : pauseOf(account);
  return paused === undefined ? rows : paused.then(() => rows);
}

/** A statement that is sent when its rows are first waited for: until then Drizzle may say how it wants them. */
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

/** A wait that is not worth a statement of its own, as a share of the time. */
const SHORT_WAIT = 0.05;

const isShort = ({ timeout }: ConnectionPool, waited: number) => waited < timeout * SHORT_WAIT;

const deadlineOf = ({ timeout }: ConnectionPool, waited: number) => performance.now() + timeout - waited;

function counted(
  pool: ConnectionPool,
  connection: Connection,
  ...statement: [string, unknown[], RunOptions]
) {
  pool.statements += 1;
  return connection.run(...statement);
}

/** Commits what the work has written, or nothing of it. */
async function inTransaction<T>(
  pool: ConnectionPool,
  connection: Connection,
  account: Account | null,
  waited: number,
  work: (tx: TransactionClient) => Promise<T>,
): Promise<T> {
  const control = (text: string) => connection.run(text, [], { deadline: deadlineOf(pool, 0) });
  const scope = new Scope(pool, connection, account);
  try {
    await control('begin');
    if (!isShort(pool, waited)) {
      await control(`set local statement_timeout = ${Math.round(serverTimeout(pool.timeout) - waited)}`);
    }
    const result = await scope.run(work);
    const { command } = await control('commit');
    if (command !== 'COMMIT') throw new Error('the transaction was rolled back at its end');
    return result;
  } catch (error) {
    // Without its rollback the connection would leave the transaction to the next request.
    if (!connection.isSpent) await control('rollback').catch((fault) => connection.spend(fault));
    throw error;
  }
}

const FAILED_TRANSACTION = '25P02';

/** The statements of a transaction, or of a savepoint in it. */
class Scope implements TransactionClient {
  readonly #pool: ConnectionPool;
  readonly #connection: Connection;
  readonly #account: Account | null;
  readonly #depth: number;
  /** The first statement that failed: the transaction cannot commit, even if the work goes on. */
  #failure: unknown;
  #isOver = false;

  constructor(pool: ConnectionPool, connection: Connection, account: Account | null, depth = 0) {
    this.#pool = pool;
    this.#connection = connection;
    this.#account = account;
    this.#depth = depth;
  }

  unsafe(text: string, parameters: unknown[] = [], options: StatementOptions = {}): Statement {
    return new Statement(async (asValues) => {
      if (this.#isOver) throw connectionClosed();
      const run = { ...options, asValues, account: this.#account, deadline: deadlineOf(this.#pool, 0) };
      try {
        const rows = await counted(this.#pool, this.#connection, text, parameters, run);
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
      return await new Scope(this.#pool, this.#connection, this.#account, this.#depth + 1).run(work);
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
      // Later statements fail because of the first one.
      throw databaseErrorCode(error) === FAILED_TRANSACTION ? (this.#failure ?? error) : error;
    } finally {
      this.#isOver = true;
    }
  }
}
