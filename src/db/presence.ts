import { isConnectionLost, isReadOnly } from './unavailable.js';

/** The database was lost, and did not answer since. */
export class DatabaseLost extends Error {
  override readonly name = 'DatabaseLost';
  /** Known to `isDatabaseAway`. */
  readonly code = 'CONNECTION_CLOSED';
}

/** Milliseconds between two guesses: each makes all connections anew, and reads may have no better server. */
const GUESS_EVERY = 1_000;

/** Milliseconds that a lost database has to answer before who asks is turned away. */
const PATIENCE = 1_500;

/**
 * Whether the database answers. Once a connection was lost, one question that changes nothing goes ahead of all others: a
 * server that is just starting lets its clients wait, and a write that nobody waits for any more must not be made.
 */
export class Presence {
  readonly #ping: () => Promise<unknown>;
  readonly #replace = new Set<() => void>();
  readonly #renew = new Set<() => void>();
  #movedAt = Number.NEGATIVE_INFINITY;
  #isLost = false;
  #asking: Promise<void> | undefined;

  constructor(ping: () => Promise<unknown>) {
    this.#ping = ping;
  }

  get isLost(): boolean {
    return this.#isLost;
  }

  /** Calls back when a connection turned out to be silent: others may be as well. */
  onSilence(replace: () => void): void {
    this.#replace.add(replace);
  }

  /** Calls back when connections may lead to the wrong server. */
  onMove(renew: () => void): void {
    this.#renew.add(renew);
  }

  /** The name leads to another server by now, it may be: where that is but a guess, it is one a second. */
  moved({ isCertain = false } = {}): void {
    const now = performance.now();
    if (!isCertain && now - this.#movedAt < GUESS_EVERY) return;
    this.#movedAt = now;
    for (const renew of this.#renew) renew();
  }

  silent(): void {
    this.#isLost = true;
    for (const replace of this.#replace) replace();
  }

  /** Looks at what went wrong. */
  readonly note = (error: unknown): void => {
    if (isConnectionLost(error)) this.#isLost = true;
    if (isReadOnly(error)) this.moved();
  };

  /** Resolves when the database answers. @throws what it fails with, or DatabaseLost, soon */
  async back(): Promise<void> {
    this.#asking ??= this.#ask().finally(() => {
      this.#asking = undefined;
    });
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new DatabaseLost('the database does not answer')), PATIENCE);
    });
    await Promise.race([this.#asking, late]).finally(() => clearTimeout(timer));
  }

  async #ask(): Promise<void> {
    await this.#ping();
    this.#isLost = false;
  }
}
