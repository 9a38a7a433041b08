import { gathered } from '../../foundation/gathered.js';
import { Connection, connectionClosed } from '../connection/connection.js';
import type { Server } from '../connection/driver.js';

/** One history of writes: another one begins with a restore, a copy or the promotion of a standby. */
export interface Line {
  epoch: string;
  home: string;
}

export interface WalSample {
  /** By performance.now(), before the primary was asked. */
  at: number;
  /** The end of its write-ahead log, which is after all that was committed by then. */
  lsn: bigint;
}

const TIMEOUT_MS = 2_000;
const MOST_SAMPLES = 100;
/** Milliseconds. */
const BETWEEN_SAMPLES = 20;

const HEAD = "select (pg_current_wal_insert_lsn() - '0/0')::text as lsn";
/** Fails on a standby, which can be promoted during the connection. */
const LINE = 'select epoch::text, home, log_home() = home as is_here from log_epoch';

const BEGIN = `set lock_timeout = '${TIMEOUT_MS}ms'; select raise_call_change_epoch()`;

/** Asks the primary how far its write-ahead log is. */
export class WalClock {
  /** Null while it is unknown: no position of the log can be compared then. */
  line: Line | null = null;
  /** A sample that was asked for after the call. */
  readonly now: () => Promise<WalSample>;
  readonly #server: Server;
  readonly #began: (first: WalSample) => void;
  readonly #samples: WalSample[] = [];
  readonly #hasTried = new WeakSet<Connection>();
  #connection: Connection;
  #isClosed = false;

  /** @param began is called with the first sample of each line */
  constructor(server: Server, began: (first: WalSample) => void) {
    this.#server = server;
    this.#began = began;
    this.#connection = this.#connect();
    this.now = gathered(() => this.#ask());
  }

  get newest(): WalSample | undefined {
    return this.#samples.at(-1);
  }

  /** The earliest known sample that was asked for after this moment. */
  after(moment: number): WalSample | undefined {
    let earliest: WalSample | undefined;
    for (let index = this.#samples.length - 1; index >= 0; index -= 1) {
      const sample = this.#samples[index] as WalSample;
      if (sample.at <= moment) break;
      earliest = sample;
    }
    return earliest;
  }

  /** The latest moment before which all that was committed is before this position; undefined if that is too long ago. */
  covered(lsn: bigint): number | undefined {
    for (let index = this.#samples.length - 1; index >= 0; index -= 1) {
      const sample = this.#samples[index] as WalSample;
      if (sample.lsn <= lsn) return sample.at;
    }
    return undefined;
  }

  /** Looks at the line as well, which others may have begun anew. */
  async look(): Promise<void> {
    if (!this.#connection.isDiscarded) await this.#readLine(this.#connection);
    await this.now();
  }

  /** The host name may lead to another server now. */
  renew(): void {
    this.#connection.discard(connectionClosed());
  }

  close(): Promise<void> {
    this.#isClosed = true;
    return this.#connection.close(0);
  }

  #connect(): Connection {
    const options = { applicationName: 'switchboard replicas', connectTimeout: TIMEOUT_MS / 1_000 };
    return new Connection(this.#server, options);
  }

  async #ask(): Promise<WalSample> {
    if (this.#isClosed) throw connectionClosed();
    const isNew = this.#connection.isDiscarded || this.line === null;
    if (this.#connection.isDiscarded) this.#connection = this.#connect();
    const connection = this.#connection;
    try {
      if (isNew) await this.#readLine(connection);
      const at = performance.now();
      const [row] = await connection.runWithin(TIMEOUT_MS, HEAD, { prepare: true });
      return this.#keep({ at, lsn: BigInt(row?.lsn as string) });
    } catch (error) {
      // It may be a standby's.
      connection.discard(error);
      throw error;
    }
  }

  async #readLine(connection: Connection): Promise<void> {
    const line = (await this.#lineOf(connection)) ?? (await this.#beginLine(connection));
    if (isSame(line, this.line)) return;
    this.#samples.length = 0;
    this.line = line;
  }

  async #lineOf(connection: Connection): Promise<Line | null> {
    const [row] = await connection.runWithin(TIMEOUT_MS, LINE, { prepare: true });
    return row?.is_here === true ? { epoch: row.epoch as string, home: row.home as string } : null;
  }

  /** After a promotion, as each start of a gateway does it. */
  async #beginLine(connection: Connection): Promise<Line | null> {
    if (this.#hasTried.has(connection)) return null;
    this.#hasTried.add(connection);
    return connection.run(BEGIN).then(
      () => this.#lineOf(connection),
      () => null,
    );
  }

  #keep(sample: WalSample): WalSample {
    if (this.line === null) return sample;
    const { newest } = this;
    if (newest === undefined) this.#began(sample);
    // The newest is replaced while the one before it is recent, so that the samples reach back far enough.
    const before = this.#samples.at(-2);
    if (newest !== undefined && before !== undefined && newest.at - before.at < BETWEEN_SAMPLES) {
      this.#samples.pop();
    }
    this.#samples.push(sample);
    if (this.#samples.length > MOST_SAMPLES) this.#samples.shift();
    return sample;
  }
}

export const isSame = (one: Line | null, other: Line | null): boolean =>
  one?.epoch === other?.epoch && one?.home === other?.home;
