import type { Signals } from '../db/signals.js';

/** Milliseconds in which all commits are told of together. */
const TOGETHER = 20;

/**
 * Tells this process at once of what it has committed, and the others soon behind it. Nobody waits for it, and a notice
 * that is lost is no harm: those who have subscribers look now and then by themselves.
 */
export class Teller {
  readonly #signals: Signals;
  readonly #forget: () => void;
  #timer: NodeJS.Timeout | undefined;
  #hasMore = false;

  constructor(signals: Signals, wake: () => void) {
    this.#signals = signals;
    this.#forget = signals.onCommit(() => {
      wake();
      this.#tell();
    });
  }

  close(): void {
    this.#forget();
    clearTimeout(this.#timer);
  }

  #tell(): void {
    if (this.#timer !== undefined) {
      this.#hasMore = true;
      return;
    }
    this.#signals.notify().catch(() => {});
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      if (!this.#hasMore) return;
      this.#hasMore = false;
      this.#tell();
    }, TOGETHER).unref();
  }
}
