import type { Sql, TransactionSql } from 'postgres';
import type { PoolGate } from './pool-gate.js';

type Unsafe = Sql['unsafe'];
type Statement = ReturnType<Unsafe>;
type Arguments = Parameters<Unsafe>;
type Work = (tx: TransactionSql) => Promise<unknown>;

/** How many statements were sent. */
export interface StatementCount {
  statements: number;
}

/**
 * The client as Drizzle uses it, with the gate in front of its pool. Who has waited for a connection has only the rest of
 * the time that a statement may take.
 */
export function gatedClient(client: Sql, gate: PoolGate, count: StatementCount): Sql {
  const unsafe = (...statement: Arguments): Statement => {
    if (!gate.tryEnter()) return new WaitingStatement(client, gate, count, statement) as unknown as Statement;
    count.statements += 1;
    const sent = client.unsafe(...statement);
    sent.then(gate.release, gate.release);
    return sent;
  };
  const begin = async (work: Work): Promise<unknown> => {
    const waited = gate.tryEnter() ? 0 : await gate.wait();
    try {
      return await client.begin(async (tx) => {
        await shorten(tx, gate, waited);
        return work(counted(tx, count));
      });
    } finally {
      gate.release();
    }
  };
  return Object.assign(Object.create(client), { unsafe, begin }) as Sql;
}

/** A wait that is not worth a statement of its own. */
const SHORT_WAIT = 0.1;

/** Takes the time that was waited off the time that each statement of the transaction may take. */
async function shorten(tx: TransactionSql, { patience }: PoolGate, waited: number): Promise<void> {
  if (waited < patience * SHORT_WAIT) return;
  await tx.unsafe(`set local statement_timeout = ${Math.max(100, Math.round(patience - waited))}`);
}

function counted(tx: TransactionSql, count: StatementCount): TransactionSql {
  const unsafe = (...statement: Arguments) => {
    count.statements += 1;
    return tx.unsafe(...statement);
  };
  return Object.assign(Object.create(tx), { unsafe }) as TransactionSql;
}

/** A statement whose turn has not come; what Drizzle uses of the driver's own. */
class WaitingStatement {
  readonly #rows: Promise<unknown>;
  #asValues = false;

  constructor(client: Sql, gate: PoolGate, count: StatementCount, statement: Arguments) {
    this.#rows = gate.wait().then(async (waited) => {
      count.statements += 1;
      try {
        if (waited < gate.patience * SHORT_WAIT) return await this.#as(client.unsafe(...statement));
        return await client.begin(async (tx) => {
          await shorten(tx, gate, waited);
          return this.#as(tx.unsafe(...statement));
        });
      } finally {
        gate.release();
      }
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

  #as(sent: Statement) {
    return this.#asValues ? sent.values() : sent;
  }
}
