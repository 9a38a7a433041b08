import { runFor, sharedAccount } from '../../db/connection/account.js';
import { inTime } from '../retry-until.js';
import { type ChangedRow, ROW_PAGE, type RowSource } from './changed-row.values.js';
import type { RowHorizonQuery } from './row-horizon.queries.js';

/** Milliseconds between polls, as of the tail. */
const LEAST_INTERVAL = 50;
const MOST_INTERVAL = 1_000;
const AGAIN_AFTER = 250;

const FIRST_ID = '00000000-0000-0000-0000-000000000000';

export interface RowMember<Row> {
  offer(rows: readonly Row[]): void;
}

export interface RowFeedDependencies {
  horizon: RowHorizonQuery;
  failed(error: unknown): void;
}

/**
 * One organization's rows of one table as they change, read once for all its subscribers, and only while there are any.
 * Rows become visible in the order of commits, so each poll begins at the last horizon and passes on what it has not seen.
 */
export class RowFeed<Row extends ChangedRow> {
  readonly organization: string;
  readonly #source: Pick<RowSource<Row, never>, 'changed'>;
  readonly #dependencies: RowFeedDependencies;
  readonly #members = new Set<RowMember<Row>>();
  #horizon: Date | null = null;
  /** Versions of the rows that lie after the horizon. */
  #seen = new Map<string, string>();
  #timer: NodeJS.Timeout | undefined;
  #dueAt = Number.POSITIVE_INFINITY;
  #polledAt = Number.NEGATIVE_INFINITY;
  #isPolling = false;
  #isWakePending = false;

  constructor(
    organization: string,
    source: Pick<RowSource<Row, never>, 'changed'>,
    dependencies: RowFeedDependencies,
  ) {
    this.organization = organization;
    this.#source = source;
    this.#dependencies = dependencies;
  }

  get size(): number {
    return this.#members.size;
  }

  /** Its members are sent what changes from the first poll on. */
  get hasBegun(): boolean {
    return this.#horizon !== null;
  }

  add(member: RowMember<Row>): void {
    this.#members.add(member);
    this.wake();
  }

  remove(member: RowMember<Row>): void {
    this.#members.delete(member);
    if (this.size === 0) clearTimeout(this.#timer);
  }

  close(): void {
    this.#members.clear();
    clearTimeout(this.#timer);
  }

  wake(): void {
    if (this.#isPolling) this.#isWakePending = true;
    else this.#pollIn(this.#polledAt + LEAST_INTERVAL - performance.now());
  }

  #pollIn(milliseconds: number): void {
    const dueAt = performance.now() + Math.max(0, milliseconds);
    if (this.size === 0 || dueAt >= this.#dueAt) return;
    clearTimeout(this.#timer);
    this.#dueAt = dueAt;
    this.#timer = setTimeout(() => void this.#poll(), Math.max(0, milliseconds));
  }

  async #poll(): Promise<void> {
    this.#dueAt = Number.POSITIVE_INFINITY;
    this.#polledAt = performance.now();
    this.#isPolling = true;
    this.#isWakePending = false;
    let next = MOST_INTERVAL;
    try {
      await inTime((attempt) => this.#read(attempt));
    } catch (error) {
      this.#dependencies.failed(error);
      next = AGAIN_AFTER;
    }
    this.#isPolling = false;
    this.#pollIn(next);
    if (this.#isWakePending) this.wake();
  }

  async #read(attempt: AbortSignal): Promise<void> {
    const { horizon: horizonNow } = this.#dependencies;
    const account = sharedAccount(this.organization);
    const [row] = await runFor(account, () => horizonNow.execute());
    const from = this.#horizon ?? row?.at;
    if (row === undefined || from === undefined) throw new Error('the database knows no time');
    // A transaction may have begun long before its first write.
    const horizon = row.at > from ? row.at : from;
    const seen = new Map<string, string>();
    for (let after = { time: from, id: FIRST_ID }; ; ) {
      const { time, id } = after;
      const position = { organization: account.organization, time: time.toISOString(), id };
      const rows = await runFor(account, () => this.#source.changed(position));
      if (attempt.aborted) return;
      this.#passOn(rows);
      for (const { id: key, version, updatedAt } of rows)
        if (updatedAt !== null && updatedAt >= horizon) seen.set(key, version);
      const last = rows.at(-1);
      if (last?.updatedAt == null || rows.length < ROW_PAGE) break;
      after = { time: last.updatedAt, id: last.id };
    }
    this.#horizon = horizon;
    this.#seen = seen;
  }

  #passOn(rows: Row[]): void {
    const fresh = rows.filter(({ id, version }) => this.#seen.get(id) !== version);
    for (const { id, version } of fresh) this.#seen.set(id, version);
    if (!this.hasBegun || fresh.length === 0) return;
    for (const member of [...this.#members]) member.offer(fresh);
  }
}
