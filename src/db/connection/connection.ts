import type { Row, RowList } from 'postgres';
import { isConnectionLost } from '../../foundation/unavailable.js';
import type { Account } from './account.js';
import type { Client, ClientOptions, Server } from './driver.js';
import { schemaSetting } from './settings.js';

export type Rows = RowList<Row[]>;

export interface RunOptions {
  /** The name of a statement that is to be prepared. */
  prepare?: string | boolean | undefined;
  asValues?: boolean;
  account?: Account | null;
  /** By performance.now(). */
  deadline?: number;
  onEnd?: ((error: unknown) => void) | undefined;
}

interface Run {
  deadline: number;
  fail(error: unknown): void;
  charge(): void;
}

export class NoAnswer extends Error {
  override readonly name = 'NoAnswer';
  readonly code = 'ETIMEDOUT';
}

export class WrongShape extends Error {
  override readonly name = 'WrongShape';
}

const ROWS_PER_CHARGE = 16;
const MIN_LIFETIME_MS = 1_800_000;
/** Postgres keeps a prepared statement, with its plan, for as long as the connection. */
const MOST_PREPARED = 300;

/** Any fault beyond an error that the server reports discards it. */
export class Connection {
  readonly #client: Client;
  readonly createdAt = performance.now();
  readonly #expiresAt = this.createdAt + MIN_LIFETIME_MS * (1 + Math.random());
  readonly #runs = new Set<Run>();
  readonly #prepared = new Set<string>();
  #settings: string | undefined;
  #fault: unknown = null;
  #isClosing = false;

  constructor(server: Server, { settings, ...options }: Partial<ClientOptions> & { settings?: string } = {}) {
    this.#settings = [schemaSetting(server), settings].filter(Boolean).join('; ') || undefined;
    const onClose = () => {
      this.discard(connectionClosed());
      options.onClose?.();
    };
    this.#client = server.connect({ applicationName: 'switchboard', ...options, onClose });
  }

  get isDiscarded(): boolean {
    return this.#fault !== null || this.#isClosing;
  }

  get isExpired(): boolean {
    return performance.now() > this.#expiresAt || this.#prepared.size > MOST_PREPARED;
  }

  get load(): number {
    return this.#runs.size;
  }

  run(text: string, parameters: unknown[] = [], options: RunOptions = {}): Promise<Rows> {
    if (this.isDiscarded) return Promise.reject(connectionClosed());
    this.#applySettings();
    const {
      prepare = false,
      asValues = false,
      account = null,
      deadline = Number.POSITIVE_INFINITY,
      onEnd,
    } = options;
    const isPrepared = prepare !== false;
    if (isPrepared) this.#prepared.add(text);
    const rows: Row[] = [];
    return new Promise<Rows>((resolve, reject) => {
      const fail = (error: unknown) => {
        onEnd?.(error);
        reject(error);
      };
      const run: Run = { deadline, fail, charge: this.#meter(account) };
      this.#runs.add(run);
      const query = this.#client.sql.unsafe(text, parameters as never[], { prepare: isPrepared });
      if (asValues) query.values();
      // After a statement that failed among its rows, the driver's own list of the next one starts with holes.
      query.forEach((row) => {
        if (rows.push(row) % ROWS_PER_CHARGE === 0) run.charge();
      });
      query.then(
        (result: Rows) => {
          run.charge();
          if (!this.#runs.delete(run)) return;
          const { count, command, columns } = result;
          if (columns?.length > 0 && count !== null && count !== rows.length) {
            this.discard(new WrongShape(`${command} of ${count} rows came with ${rows.length}`));
            fail(this.#fault);
          } else {
            onEnd?.(null);
            resolve(Object.assign(rows, { count, command, columns }) as unknown as Rows);
          }
        },
        (error: unknown) => {
          const isKnown = this.#runs.delete(run);
          if (rows.length > 0 || !isRefusedByServer(error) || isConnectionLost(error)) this.discard(error);
          if (isKnown) fail(error);
        },
      );
    });
  }

  async runWithin(milliseconds: number, text: string, options: RunOptions = {}): Promise<Rows> {
    const timer = setTimeout(() => this.discard(noAnswer()), milliseconds);
    return this.run(text, [], options).finally(() => clearTimeout(timer));
  }

  discard(fault: unknown): void {
    if (this.#fault !== null) return;
    this.#fault = fault;
    // The driver does not settle every statement of a connection that closes.
    for (const run of this.#runs) run.fail(fault);
    this.#runs.clear();
    this.#client.destroy();
  }

  /** @param timeout seconds to wait for running statements */
  async close(timeout: number): Promise<void> {
    this.#isClosing = true;
    await this.#client.sql.end({ timeout });
  }

  check(now: number): 'good' | 'silent' {
    for (const run of this.#runs) {
      if (run.deadline < now) {
        this.discard(noAnswer());
        return 'silent';
      }
      run.charge();
    }
    return 'good';
  }

  #applySettings(): void {
    const text = this.#settings;
    if (text === undefined) return;
    this.#settings = undefined;
    this.run(text).catch((fault) => this.discard(fault));
  }

  #meter(account: Account | null): () => void {
    if (account === null) return () => {};
    let charged = this.#client.bytesRead();
    return () => {
      const now = this.#client.bytesRead();
      const refusal = account.read(now - charged);
      charged = now;
      if (refusal !== null) this.discard(refusal);
    };
  }
}

const isRefusedByServer = (error: unknown): boolean =>
  error instanceof Error && error.name === 'PostgresError' && 'severity' in error;

const noAnswer = () => new NoAnswer('the database did not answer in time');

export const connectionClosed = (): Error =>
  Object.assign(new Error('the connection to the database is closed'), { code: 'CONNECTION_CLOSED' });
