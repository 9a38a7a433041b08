import type { Sql, TransactionSql } from 'postgres';
import type { PoolGate } from './pool-gate.js';
import type { Presence } from './presence.js';
import { isConnectionLost } from './unavailable.js';

type Unsafe = Sql['unsafe'];
type Statement = ReturnType<Unsafe>;
type Arguments = Parameters<Unsafe>;
type Work = (tx: TransactionSql) => Promise<unknown>;

/** What stands between a statement and the pool. */
export interface Gates {
  gate: PoolGate;
  presence: Presence;
  /** Milliseconds that a statement may take, with its wait. */
  timeout: number;
  /** Counts what was sent. */
  count: { statements: number };
}

/**
 * The client as Drizzle uses it, with the gate in front of its pool. Who has waited for a connection has only the rest of
 * the time that a statement may take.
 */
export function gatedClient(client: Sql, gates: Gates): Sql {
  const { gate, presence, count } = gates;
  const failed = (error: unknown) => {
    gate.release();
    presence.note(error);
  };
  const unsafe = (...statement: Arguments): Statement => {
    if (presence.isLost || !gate.tryEnter()) {
      return new WaitingStatement(client, gates, statement) as unknown as Statement;
    }
    count.statements += 1;
    const sent = client.unsafe(...statement);
    sent.then(gate.release, failed);
    return sent;
  };
  const begin = (work: Work): Promise<unknown> =>
    inTurn(gates, (waited) =>
      inTransaction(client, async (tx) => {
        await shorten(tx, gates, waited);
        return work(counted(tx, count));
      }),
    );
  return Object.assign(Object.create(client), { unsafe, begin }) as Sql;
}

/** Runs something on a connection once there is one; it is told how many milliseconds that took. */
async function inTurn<T>({ gate, presence }: Gates, run: (waited: number) => Promise<T>): Promise<T> {
  if (presence.isLost) await presence.back();
  const waited = gate.tryEnter() ? 0 : await gate.wait();
  try {
    // Those ahead may have lost their connections meanwhile.
    if (presence.isLost) await presence.back();
    return await run(waited);
  } catch (error) {
    presence.note(error);
    throw error;
  } finally {
    gate.release();
  }
}

/**
 * A transaction whose work never settles once the connection is lost. The driver rejects it by itself then; told of the
 * failure, it would write a rollback to the closed connection, and end the process with an exception that nobody can catch
 * (https://github.com/porsager/postgres/issues/1208).
 */
function inTransaction(client: Sql, work: Work): Promise<unknown> {
  return client.begin(async (tx) => {
    try {
      return await work(tx);
    } catch (error) {
      if (isConnectionLost(error)) return new Promise<never>(() => {});
      throw error;
    }
  });
}

/** A part of the time that is not worth a statement of its own. */
const SHORT_WAIT = 0.05;

const isShort = (waited: number, { timeout }: Gates) => waited < timeout * SHORT_WAIT;

/** Takes the time that was waited off the time that each statement of the transaction may take. */
async function shorten(tx: TransactionSql, gates: Gates, waited: number): Promise<void> {
  if (isShort(waited, gates)) return;
  await tx.unsafe(`set local statement_timeout = ${Math.round(gates.timeout - waited)}`);
}

function counted(tx: TransactionSql, count: Gates['count']): TransactionSql {
  const unsafe = (...statement: Arguments) => {
    count.statements += 1;
    return tx.unsafe(...statement);
  };
  return Object.assign(Object.create(tx), { unsafe }) as TransactionSql;
}

/** A statement whose turn has not come; it has what Drizzle uses of the driver's own. */
class WaitingStatement {
  readonly #rows: Promise<unknown>;
  #asValues = false;

  constructor(client: Sql, gates: Gates, statement: Arguments) {
    const { count } = gates;
    this.#rows = inTurn(gates, async (waited) => {
      // Drizzle says what it wants in the same turn in which it asks.
      await null;
      count.statements += 1;
      if (isShort(waited, gates)) return this.#sent(client.unsafe(...statement));
      return inTransaction(client, async (tx) => {
        await shorten(tx, gates, waited);
        return this.#sent(tx.unsafe(...statement));
      });
    });
  }

  values(): this {
    this.#asValues = true;
    return this;
  }

  // biome-ignore lint/suspicious/noThenProperty: it is awaited in the place of the driver's statement
  then<A, B>(ok: (rows: unknown) => A, failed: (error: unknown) => B): Promise<A | B> {
    return this.#rows.then(ok, failed);
  }

  #sent(statement: Statement) {
    return this.#asValues ? statement.values() : statement;
  }
}
