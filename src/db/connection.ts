import type { Row, RowList } from 'postgres';
import type { Account } from './account.js';
import type { Client, ClientOptions, Server } from './driver.js';
import { isConnectionLost } from './unavailable.js';

/** The rows of a statement, as objects or as arrays of values, with what the server says of them. */
export type Rows = RowList<Row[]>;

export interface RunOptions {
  /** Whether the statement is prepared under a name on the connection. */
  prepare?: boolean | undefined;
  /** Rows as arrays of values. */
  asValues?: boolean;
  /** Whom the bytes that arrive are charged to. */
  account?: Account | null;
  /** When the statement must have ended, by performance.now(). */
  deadline?: number;
}

interface Run {
  deadline: number;
  fail(error: unknown): void;
  /** Charges what has arrived since it was last asked; answers whether the account bears it. */
  charge(): boolean;
}

/** A statement took longer than it may, and its connection was given up: the server may not be there any more. */
export class NoAnswer extends Error {
  override readonly name = 'NoAnswer';
  /** Known to `isDatabaseAway` and `isConnectionLost`. */
  readonly code = 'ETIMEDOUT';
}

/** What came back is not what the statement asks for. */
export class WrongShape extends Error {
  override readonly name = 'WrongShape';
}

/** Rows between two looks at the bytes that have arrived. */
const LOOK_EVERY = 16;
/** Milliseconds that a connection lives at least, and how much longer at most. */
const LIFE = 1_800_000;

/**
 * One connection to Postgres, used by one request at a time. It is spent after its first fault that is more than a
 * statement which the server refused: then nothing is sent on it any more, and its pool makes another one.
 */
export class Connection {
  readonly #client: Client;
  /** By performance.now(). */
  readonly madeAt = performance.now();
  readonly #expiresAt = this.madeAt + LIFE * (1 + Math.random());
  readonly #runs = new Set<Run>();
  #fault: unknown = null;
  #isClosing = false;

  constructor(server: Server, options: Partial<ClientOptions> = {}) {
    const onClose = () => {
      this.spend(connectionClosed());
      options.onClose?.();
    };
    this.#client = server.connect({ applicationName: 'switchboard', ...options, onClose });
  }

  get isSpent(): boolean {
    return this.#fault !== null || this.#isClosing;
  }

  get isExpired(): boolean {
    return performance.now() > this.#expiresAt;
  }

  /** Statements under way. */
  get load(): number {
    return this.#runs.size;
  }

  /** Runs one statement. @throws the server's error, or what the connection ended with */
  run(text: string, parameters: unknown[] = [], options: RunOptions = {}): Promise<Rows> {
    if (this.isSpent) return Promise.reject(connectionClosed());
    const {
      prepare = false,
      asValues = false,
      account = null,
      deadline = Number.POSITIVE_INFINITY,
    } = options;
    const rows: Row[] = [];
    return new Promise<Rows>((resolve, reject) => {
      const run: Run = { deadline, fail: reject, charge: this.#meter(account) };
      this.#runs.add(run);
      const query = this.#client.sql.unsafe(text, parameters as never[], { prepare });
      if (asValues) query.values();
      // Rows are taken one by one: the driver's own list begins with holes after a statement that failed among its rows.
      query.forEach((row) => {
        if (rows.push(row) % LOOK_EVERY === 0) run.charge();
      });
      query.then(
        (result: Rows) => {
          const isBorne = run.charge();
          this.#runs.delete(run);
          if (!isBorne) return;
          const { count, command, columns } = result;
          if (columns?.length > 0 && count !== null && count !== rows.length) {
            this.spend(new WrongShape(`${command} of ${count} rows came with ${rows.length}`));
            reject(this.#fault);
          } else resolve(Object.assign(rows, { count, command, columns }) as unknown as Rows);
        },
        (error: unknown) => {
          this.#runs.delete(run);
          if (rows.length > 0 || !isRefusedByServer(error) || isConnectionLost(error)) this.spend(error);
          reject(error);
        },
      );
    });
  }

  /** Runs a statement of the gateway's own that has only so many milliseconds. */
  async runWithin(milliseconds: number, text: string): Promise<Rows> {
    const timer = setTimeout(() => this.spend(noAnswer()), milliseconds);
    return this.run(text).finally(() => clearTimeout(timer));
  }

  /** Ends it at once, and all that is under way on it. */
  spend(fault: unknown): void {
    if (this.#fault !== null) return;
    this.#fault = fault;
    // The driver does not settle every statement of a connection that closes.
    for (const run of this.#runs) run.fail(fault);
    this.#runs.clear();
    this.#client.destroy();
  }

  /** Ends it when nothing is under way on it any more, or after so many seconds. */
  async close(timeout: number): Promise<void> {
    this.#isClosing = true;
    await this.#client.sql.end({ timeout });
  }

  /** Looks at the statements under way: one past its deadline, or one whose account is exhausted, ends the connection. */
  look(now: number): 'good' | 'silent' {
    for (const run of this.#runs) {
      if (run.deadline < now) {
        this.spend(noAnswer());
        return 'silent';
      }
      run.charge();
    }
    return 'good';
  }

  #meter(account: Account | null): () => boolean {
    if (account === null) return () => true;
    let charged = this.#client.bytesRead();
    return () => {
      const now = this.#client.bytesRead();
      const refusal = account.read(now - charged);
      charged = now;
      if (refusal !== null) this.spend(refusal);
      return refusal === null;
    };
  }
}

/** An error of Postgres itself that leaves the connection as it was: no fault of the connection or of the driver. */
const isRefusedByServer = (error: unknown): boolean =>
  error instanceof Error && error.name === 'PostgresError' && 'severity' in error;

const noAnswer = () => new NoAnswer('the database did not answer in time');

export const connectionClosed = (): Error =>
  Object.assign(new Error('the connection to the database is closed'), { code: 'CONNECTION_CLOSED' });
