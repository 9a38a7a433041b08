import type { CommitSignals } from '../db/connection/commit-signals.js';

/** Milliseconds. */
const TOGETHER = 20;

/** A lost notification does no harm, because every gateway with subscribers also polls. */
export class CommitNotifier {
  readonly #signals: CommitSignals;
  readonly #forget: () => void;
  #timer: NodeJS.Timeout | undefined;
  #hasMore = false;

  constructor(signals: CommitSignals, wake: () => void) {
    this.#signals = signals;
    this.#forget = signals.onCommit(() => {
      wake();
      this.#notify();
    });
  }

  close(): void {
    this.#forget();
    clearTimeout(this.#timer);
  }

  #notify(): void {
    if (this.#timer !== undefined) {
      this.#hasMore = true;
      return;
    }
    this.#signals.notify().catch(() => {});
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      if (!this.#hasMore) return;
      this.#hasMore = false;
      this.#notify();
    }, TOGETHER).unref();
  }
}
