import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Database } from '../db/database.js';

/**
 * Seconds. A try ends before its lease, so that two are never under way; the lease is less than a minute, after which
 * others take over what a killed process has claimed.
 */
const TRY = 35;
const LEASE = 45;
/** Seconds that tries under way are given at the end. */
const LAST_TRIES = 3;

/** Milliseconds. */
const SETTLE_AGAIN = 1_000;

/** Milliseconds between claims: at least, and at most because other processes write too. */
const LEAST_INTERVAL = 50;
const MOST_INTERVAL = 1_000;

export interface Attempt {
  /** Aborts at the end of the try, at the latest. */
  readonly signal: AbortSignal;
  /** The gateway ends the try, which says nothing of the vendor. */
  isCut(): boolean;
  /** Runs it until it succeeds, while the lease lasts: what is not settled is tried again. */
  settle<T>(run: () => Promise<T>): Promise<T>;
}

export interface ClaimWork<Row> {
  readonly database: Database;
  /** Whether commits of this process may bring new rows. Others are seen within a second. */
  readonly wakesOnCommit: boolean;
  readonly mostAtOnce: number;
  /** Milliseconds between two calls of `sweep`. */
  readonly sweepInterval: number;
  sweep(): Promise<void>;
  /** Takes at most so many rows for `lease` seconds. */
  claim(claim: string, lease: number, most: number): Promise<Row[]>;
  attempt(row: Row, attempt: Attempt): Promise<void>;
  failed(error: unknown): void;
}

/** Works off rows that wait in the database, while it is needed; otherwise it has no timer and makes no statement. */
export class ClaimWorker<Row> {
  readonly #work: ClaimWork<Row>;
  readonly #running = new Set<Promise<void>>();
  readonly #closing = new AbortController();
  readonly #aborts = new Set<() => void>();
  #isEnding = false;
  #forget: (() => void) | null = null;
  #timer: NodeJS.Timeout | undefined;
  #dueAt = Number.POSITIVE_INFINITY;
  #claimedAt = Number.NEGATIVE_INFINITY;
  #sweptAt = Number.NEGATIVE_INFINITY;
  #isClaiming = false;
  #isWakePending = false;

  constructor(work: ClaimWork<Row>) {
    this.#work = work;
  }

  /** Called whenever it is known whether any organization has accounts. */
  setNeeded(isNeeded: boolean): void {
    if (isNeeded === (this.#forget !== null) || this.#closing.signal.aborted) return;
    if (isNeeded) {
      const { wakesOnCommit, database } = this.#work;
      this.#forget = wakesOnCommit ? database.signals.onCommit(() => this.wake()) : () => {};
      this.wake();
    } else this.#stop();
  }

  wake(): void {
    if (this.#isClaiming) this.#isWakePending = true;
    else this.#claimIn(this.#claimedAt + LEAST_INTERVAL - performance.now());
  }

  async close(): Promise<void> {
    this.#closing.abort();
    this.#stop();
    const ended = Promise.all(this.#running);
    await Promise.race([ended, sleep(LAST_TRIES * 1_000, undefined, { ref: false })]);
    this.#isEnding = true;
    for (const abort of this.#aborts) abort();
    await ended;
  }

  #stop(): void {
    this.#forget?.();
    this.#forget = null;
    clearTimeout(this.#timer);
    this.#dueAt = Number.POSITIVE_INFINITY;
  }

  #claimIn(milliseconds: number): void {
    const dueAt = performance.now() + Math.max(0, milliseconds);
    if (this.#forget === null || dueAt >= this.#dueAt) return;
    clearTimeout(this.#timer);
    this.#dueAt = dueAt;
    this.#timer = setTimeout(() => void this.#claim(), Math.max(0, milliseconds)).unref();
  }

  async #claim(): Promise<void> {
    this.#dueAt = Number.POSITIVE_INFINITY;
    this.#claimedAt = performance.now();
    this.#isClaiming = true;
    this.#isWakePending = false;
    const { mostAtOnce, sweepInterval, sweep, claim, failed } = this.#work;
    try {
      if (this.#claimedAt - this.#sweptAt > sweepInterval) {
        this.#sweptAt = this.#claimedAt;
        await sweep();
      }
      const most = mostAtOnce - this.#running.size;
      const rows = most > 0 ? await claim(randomUUID(), LEASE, most) : [];
      for (const row of rows) this.#begin(row, this.#claimedAt);
    } catch (error) {
      failed(error);
    }
    this.#isClaiming = false;
    this.#claimIn(MOST_INTERVAL);
    if (this.#isWakePending) this.wake();
  }

  #begin(row: Row, claimedAt: number): void {
    const running = this.#try(row, claimedAt).finally(() => {
      this.#running.delete(running);
      this.wake();
    });
    this.#running.add(running);
  }

  async #try(row: Row, claimedAt: number): Promise<void> {
    const controller = new AbortController();
    const abort = () => controller.abort();
    // The lease began with the claim.
    const timer = setTimeout(abort, TRY * 1_000 - (performance.now() - claimedAt));
    this.#aborts.add(abort);
    try {
      await this.#work.attempt(row, {
        signal: controller.signal,
        isCut: () => this.#isEnding,
        settle: (run) => this.#settle(run, claimedAt),
      });
    } catch (error) {
      this.#work.failed(error);
    } finally {
      clearTimeout(timer);
      this.#aborts.delete(abort);
      // What belongs to the try is let go of.
      abort();
    }
  }

  async #settle<T>(run: () => Promise<T>, claimedAt: number): Promise<T> {
    for (;;) {
      try {
        return await run();
      } catch (error) {
        if (this.#isEnding || performance.now() - claimedAt > LEASE * 1_000) throw error;
        await sleep(SETTLE_AGAIN);
      }
    }
  }
}
