import type { Logger } from 'pino';
import type { DatabaseHealth } from '../db/connection/health.js';

/** Milliseconds; the last in seconds. Checks twice before it reports a loss: only the connection may have failed. */
const CHECK_EVERY = 1_000;
const RECHECK_AFTER = 300;
const WARN_AFTER = 5;

export class HealthWatch {
  readonly #check: () => Promise<DatabaseHealth>;
  readonly #log: Logger;
  #timer: NodeJS.Timeout | undefined;
  #last: DatabaseHealth = { database: 'ok', migrations: 'ok', logHeldFor: 0, hasVendorAccounts: false };
  #isDoubtful = false;
  #isHeld = false;

  readonly #seen: (health: DatabaseHealth) => void;

  constructor(check: () => Promise<DatabaseHealth>, log: Logger, seen: (health: DatabaseHealth) => void) {
    this.#check = check;
    this.#log = log;
    this.#seen = seen;
  }

  get logHeldFor(): number {
    return this.#last.logHeldFor;
  }

  start(milliseconds = CHECK_EVERY): void {
    const check = async () => {
      await this.check();
      if (this.#timer !== undefined) this.start(this.#isDoubtful ? RECHECK_AFTER : CHECK_EVERY);
    };
    this.#timer = setTimeout(() => void check(), milliseconds).unref();
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  async check(): Promise<void> {
    const health = await this.#check();
    this.#isDoubtful = health.database === 'away' && this.#last.database !== 'away' && !this.#isDoubtful;
    if (this.#isDoubtful || this.#timer === undefined) return;
    if (health.database !== this.#last.database) this.#reportDatabase(health);
    this.#last = health;
    if (health.database !== 'away') this.#seen(health);
    this.#reportLog(health.logHeldFor);
  }

  #reportDatabase({ database, cause }: DatabaseHealth): void {
    // A warning, like the loss, so that a log of warnings shows the end of the outage.
    if (database === 'away') this.#log.warn({ err: cause }, 'the database was lost');
    else if (database === 'ok') this.#log.warn('the database is back');
    else this.#log.warn({ err: cause }, 'the database takes no writes');
  }

  #reportLog(heldFor: number): void {
    const isHeld = heldFor >= WARN_AFTER;
    if (isHeld === this.#isHeld) return;
    this.#isHeld = isHeld;
    if (isHeld)
      this.#log.warn({ heldFor }, 'a transaction holds the log of changes back: subscriptions wait');
    else this.#log.warn('the log of changes is no longer held back');
  }
}
