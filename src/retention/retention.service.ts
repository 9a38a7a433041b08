import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { sharedAccount } from '../db/connection/account.js';
import type { Database } from '../db/database.js';
import { FIRST_ID } from '../foundation/new-id.js';
import { databaseErrorCode } from '../foundation/unavailable.js';
import { organizationsToPrune } from './retention.queries.js';
import {
  advanceLogPart,
  claimRetention,
  dropLogPart,
  endRetention,
  pruningSteps,
} from './retention.store.js';
import { PRUNED, type Pruned, type PrunedRows, type RetentionDays } from './retention.values.js';

/** Seconds: between two rounds, and until others take over what a gateway that stopped had begun. */
const INTERVAL = 3_600;
const LEASE = 300;
/** Milliseconds between looks whether a round is due, and until the claim is renewed. */
const LOOK = 60_000;
const RENEW = 60_000;
/** Of the days that the log is kept; no part is of less than a day. Plans take longer with each part. */
const LOG_PARTS = 4;
/** Milliseconds between looks whether the tables can be locked that have not been, and how many there are in a round. */
const UNLOCKED_PAUSE = 1_000;
const LOOKS_FOR_LOCKS = 10;
/** After each step that pruned something: so many times as long as it took, and milliseconds at least. */
const PAUSE = 4;
const LEAST_PAUSE = 5;

/** lock_not_available */
const LOCKED = '55P03';

export interface RetentionOptions {
  database: Database;
  days: RetentionDays;
  /** Of a round that has pruned something. */
  pruned(rows: PrunedRows, milliseconds: number): void;
  failed(error: unknown): void;
}

/** Prunes what is older than it is to be kept: one gateway at a time, in small steps with pauses between. */
export class Retention {
  readonly #options: RetentionOptions;
  readonly #closing = new AbortController();
  #timer: NodeJS.Timeout | undefined;
  #round: Promise<void> | null = null;

  constructor(options: RetentionOptions) {
    this.#options = options;
  }

  begin(): void {
    if (PRUNED.every((what) => this.#options.days[what] === null)) return;
    this.#timer = setInterval(() => {
      this.#round ??= this.round().finally(() => {
        this.#round = null;
      });
    }, LOOK).unref();
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    this.#closing.abort();
    await this.#round;
  }

  /** Prunes all that is due, unless another gateway does, or has just done. */
  async round(): Promise<void> {
    const { database, pruned, failed } = this.#options;
    const claim = randomUUID();
    const startedAt = performance.now();
    const rows: PrunedRows = {};
    try {
      if (!(await claimRetention(database.db, claim, LEASE))) return;
      try {
        await this.#pruneAll(claim, rows);
        await this.#turnLog();
      } finally {
        await endRetention(database.db, claim, INTERVAL);
      }
    } catch (error) {
      failed(error);
    }
    if (Object.keys(rows).length > 0) pruned(rows, performance.now() - startedAt);
  }

  async #pruneAll(claim: string, rows: PrunedRows): Promise<void> {
    const { database, days } = this.#options;
    const steps = pruningSteps(database.db);
    let renewedAt = performance.now();
    for (const { id: organization } of await organizationsToPrune(database.db)) {
      for (const what of PRUNED) {
        const before = ageLimit(days[what]);
        if (before === null) continue;
        for (let after: string | null = FIRST_ID; after !== null && !this.#closing.signal.aborted; ) {
          if (performance.now() - renewedAt > RENEW) {
            if (!(await claimRetention(database.db, claim, LEASE))) return;
            renewedAt = performance.now();
          }
          after = await this.#step(steps[what], what, { organization, after, before }, rows);
        }
      }
    }
  }

  /** Drops the parts of the log that were pruned whole, and begins a new one if it is time. */
  async #turnLog(): Promise<void> {
    const { database, days } = this.#options;
    if (days.log === null) return;
    const partDays = Math.max(1, days.log / LOG_PARTS);
    const { signal } = this.#closing;
    await this.#whenUnlocked(async () => {
      while (!signal.aborted && (await dropLogPart(database)));
    });
    await this.#whenUnlocked(async () => {
      while (!signal.aborted && (await advanceLogPart(database, partDays, signal)));
    });
  }

  /** They give up before they hold the traffic back. What was not to be had is left to the next round. */
  async #whenUnlocked(work: () => Promise<void>): Promise<void> {
    for (let look = 1; look <= LOOKS_FOR_LOCKS && !this.#closing.signal.aborted; look += 1) {
      try {
        await work();
        return;
      } catch (error) {
        if (this.#closing.signal.aborted) return;
        if (databaseErrorCode(error) !== LOCKED) throw error;
      }
      await this.#pause(UNLOCKED_PAUSE);
    }
  }

  async #step(
    step: ReturnType<typeof pruningSteps>[Pruned],
    what: Pruned,
    place: Parameters<typeof step>[0],
    rows: PrunedRows,
  ): Promise<string | null> {
    const { database } = this.#options;
    const startedAt = performance.now();
    const done = await database.statement(() => step(place), sharedAccount(place.organization));
    if (done.rows > 0) {
      rows[what] = (rows[what] ?? 0) + done.rows;
      const pause = Math.max(LEAST_PAUSE, PAUSE * (performance.now() - startedAt));
      await this.#pause(pause);
    }
    return done.after;
  }

  async #pause(milliseconds: number): Promise<void> {
    await sleep(milliseconds, undefined, { ref: false, signal: this.#closing.signal }).catch(() => {});
  }
}

const ageLimit = (days: number | null) => (days === null ? null : new Date(Date.now() - days * 86_400_000));
