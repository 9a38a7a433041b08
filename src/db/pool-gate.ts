/** There was no connection in time; the request may succeed later. */
export class PoolTimeout extends Error {
  override readonly name = 'PoolTimeout';
  /** Known to `isDatabaseAway`. */
  readonly code = 'POOL_TIMEOUT';
}

interface Waiting {
  since: number;
  grant(waited: number): void;
  refuse(error: PoolTimeout): void;
}

/** Milliseconds between two looks at who has waited too long. */
const LOOK_EVERY = 100;

/**
 * The line in front of the pool. The driver would send a statement behind another one on the same connection, where it
 * waits as long as that one does for its lock, and cannot be called back: here it gets a connection of its own, or waits,
 * and who waits too long is told so, with nothing executed.
 */
export class PoolGate {
  readonly size: number;
  /** Milliseconds that one may wait. */
  readonly patience: number;
  readonly #line: Waiting[] = [];
  #inUse = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(size: number, patience: number) {
    this.size = size;
    this.patience = patience;
  }

  get inUse(): number {
    return this.#inUse;
  }

  get waiting(): number {
    return this.#line.length;
  }

  /** Whether there was a connection; then `release` is due. */
  tryEnter(): boolean {
    if (this.#inUse >= this.size) return false;
    this.#inUse += 1;
    return true;
  }

  /** Waits for a connection, and answers how many milliseconds that took; `release` is due. @throws PoolTimeout */
  wait(): Promise<number> {
    return new Promise((grant, refuse) => {
      this.#line.push({ since: performance.now(), grant, refuse });
      this.#timer ??= setInterval(() => this.#giveUp(), LOOK_EVERY).unref();
    });
  }

  readonly release = (): void => {
    const next = this.#line.shift();
    if (next === undefined) this.#inUse -= 1;
    else next.grant(performance.now() - next.since);
  };

  #giveUp(): void {
    const latest = performance.now() - this.patience;
    while (this.#line[0] !== undefined && this.#line[0].since < latest) {
      this.#line.shift()?.refuse(new PoolTimeout('no connection to the database was free in time'));
    }
    if (this.#line.length > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }
}
