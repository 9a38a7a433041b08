import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Database } from '../../db/database.js';
import type { DeliveryRow } from '../../db/tables/deliveries.js';
import { claimDeliveries, discardOfDeleted, type Settled, settleDelivery } from './delivery.store.js';
import type { Settlement } from './delivery-failure.js';
import { type SenderDependencies, type Sent, sendDelivery } from './delivery-sender.service.js';

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

/** The gateway has ended the try, which says nothing of the vendor. */
const CUT: Settlement = {
  state: 'RETRYING',
  verdict: 'NONE',
  error: 'The gateway stopped during the try.',
  delay: 0,
};

/** An organization has at most 64 of all gateways' together: see claim_deliveries. */
const MOST_AT_ONCE = 128;
/** Milliseconds between claims: at least, and at most because other processes write too. */
const LEAST_INTERVAL = 50;
const MOST_INTERVAL = 1_000;
const SWEEP_INTERVAL = 60_000;

export interface Tried extends Sent {
  delivery: DeliveryRow;
  settled: Settled;
  milliseconds: number;
}

export interface DeliveryWorkerOptions {
  database: Database;
  sender: SenderDependencies;
  tried(result: Tried): void;
  failed(error: unknown): void;
}

/** Sends deliveries while there are accounts; without any it has no timer and makes no statement. */
export class DeliveryWorker {
  readonly #options: DeliveryWorkerOptions;
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

  constructor(options: DeliveryWorkerOptions) {
    this.#options = options;
  }

  /** Called whenever it is known whether any organization has accounts. */
  setNeeded(isNeeded: boolean): void {
    if (isNeeded === (this.#forget !== null) || this.#closing.signal.aborted) return;
    if (isNeeded) {
      this.#forget = this.#options.database.signals.onCommit(() => this.wake());
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
    const { database, failed } = this.#options;
    try {
      if (this.#claimedAt - this.#sweptAt > SWEEP_INTERVAL) {
        this.#sweptAt = this.#claimedAt;
        await discardOfDeleted(database.db);
      }
      const most = MOST_AT_ONCE - this.#running.size;
      const rows = most > 0 ? await claimDeliveries(database.db, randomUUID(), LEASE, most) : [];
      for (const row of rows) this.#begin(row, this.#claimedAt);
    } catch (error) {
      failed(error);
    }
    this.#isClaiming = false;
    this.#claimIn(MOST_INTERVAL);
    if (this.#isWakePending) this.wake();
  }

  #begin(row: DeliveryRow, claimedAt: number): void {
    const running = this.#try(row, claimedAt).finally(() => {
      this.#running.delete(running);
      this.wake();
    });
    this.#running.add(running);
  }

  async #try(delivery: DeliveryRow, claimedAt: number): Promise<void> {
    const { database, sender, tried, failed } = this.#options;
    const startedAt = performance.now();
    const controller = new AbortController();
    const abort = () => controller.abort();
    // The lease began with the claim.
    const timer = setTimeout(abort, TRY * 1_000 - (startedAt - claimedAt));
    this.#aborts.add(abort);
    try {
      const { settlement, account } = await sendDelivery(sender, delivery, controller.signal);
      const isCut = this.#isEnding && settlement.verdict === 'FAILED';
      const sent = { account, settlement: isCut ? CUT : settlement };
      const settled = await this.#settle(
        () => settleDelivery(database, delivery, sent.settlement),
        claimedAt,
      );
      tried({ ...sent, delivery, settled, milliseconds: performance.now() - startedAt });
    } catch (error) {
      failed(error);
    } finally {
      clearTimeout(timer);
      this.#aborts.delete(abort);
    }
  }

  /** While the lease lasts: what is not settled is sent again. */
  async #settle(run: () => Promise<Settled>, claimedAt: number): Promise<Settled> {
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
