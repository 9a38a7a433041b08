import type { Sql } from 'postgres';
import { databaseErrorCode } from '../../foundation/unavailable.js';
import { type Account, chargedTo, currentAccount, type Reading, repeatable } from '../connection/account.js';
import { type Client, Statement, type TransactionClient } from '../connection/pooled-client.js';
import type { Replica, Standby } from './replica.js';

/** Why a read went to the primary. */
export type Fallback = 'away' | 'behind' | 'canceled' | 'failed';

/** What one operation reads. After a failure it stays on the primary: else it would go back in time. */
export class ReplicaReading implements Reading {
  readonly replica: Replica;
  readonly standby: Standby;
  readonly #fellBack: (why: Fallback) => void;
  readonly #others: readonly ReplicaReading[];
  #isOver = false;

  constructor(
    replica: Replica,
    standby: Standby,
    fellBack: (why: Fallback) => void,
    others: readonly ReplicaReading[] = [],
  ) {
    this.replica = replica;
    this.standby = standby;
    this.#fellBack = fellBack;
    this.#others = others;
  }

  get source(): string | null {
    const isOver = this.#isOver || this.#others.some(({ source }) => source === null);
    return isOver ? null : this.standby.id;
  }

  with(other: Reading): Reading {
    if (other === this || !(other instanceof ReplicaReading)) return this;
    return new ReplicaReading(this.replica, this.standby, this.#fellBack, [this, other]);
  }

  async read<T>(account: Account, primary: Sql, send: (client: Sql) => PromiseLike<T>): Promise<T> {
    const { account: repeated, giveBack } = repeatable(account);
    try {
      if (this.replica.standby !== this.standby) throw new Restarted();
      const answer = await chargedTo(repeated, () => send(this.replica.client));
      if (this.replica.standby !== this.standby) throw new Restarted();
      return answer;
    } catch (error) {
      if (isFinal(error, account)) throw error;
      this.replica.report(error);
      this.leave();
      this.#fellBack(whyOf(error));
      giveBack();
      return chargedTo(account, () => send(primary));
    }
  }

  /** From now on all whose statement it is read from the primary. */
  leave(): void {
    this.#isOver = true;
    for (const other of this.#others) other.leave();
  }
}

/** The server may have gone back to before what it has shown. */
class Restarted extends Error {
  override readonly name = 'Restarted';
  readonly code = 'CONNECTION_CLOSED';

  constructor() {
    super('the replica has been started anew, or is away');
  }
}

const TIMED_OUT = new Set(['57014', 'POOL_TIMEOUT']);

/** The primary would take as long, or read as much. Any other error might be the replica's own. */
const isFinal = (error: unknown, { refusal }: Account) =>
  (refusal !== null && error === refusal) || TIMED_OUT.has(databaseErrorCode(error) ?? '');

/** serialization_failure: replaying a change needed what the statement reads. */
const CONFLICT = '40001';
const SHUT_DOWN = new Set(['57P01', '57P02', '57P03', 'CONNECTION_CLOSED']);

function whyOf(error: unknown): Fallback {
  const code = databaseErrorCode(error) ?? '';
  if (code === CONFLICT) return 'canceled';
  return SHUT_DOWN.has(code) || code.startsWith('E') ? 'away' : 'failed';
}

/** Sends each statement where its account reads. */
export function readingClient(primary: Sql): Sql {
  const { unsafe } = primary as unknown as Client;
  const readingOf = (account: Account | null): ReplicaReading | null => {
    const reading = account?.reading ?? null;
    if (!(reading instanceof ReplicaReading)) return null;
    if (reading.source !== null) return reading;
    reading.leave();
    return null;
  };
  return {
    unsafe: (...statement: Parameters<Client['unsafe']>) => {
      const account = currentAccount();
      const reading = readingOf(account);
      if (account === null || reading === null) return unsafe(...statement);
      return new Statement((asValues) =>
        reading.read(account, primary, (client) => {
          const sent = (client as unknown as Client).unsafe(...statement);
          return asValues ? sent.values() : sent;
        }),
      );
    },
    begin: <T>(work: (tx: TransactionClient) => Promise<T>): Promise<T> => {
      const account = currentAccount();
      const reading = readingOf(account);
      const begin = (client: Sql) => (client as unknown as TransactionBeginner).begin(work);
      return account === null || reading === null ? begin(primary) : reading.read(account, primary, begin);
    },
  } as unknown as Sql;
}

interface TransactionBeginner {
  begin<T>(work: (tx: TransactionClient) => Promise<T>): Promise<T>;
}
