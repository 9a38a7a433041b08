import type { CommitSignals, Listener } from '../db/connection/commit-signals.js';

/** One connection that listens, for all who do, while any does. */
export class SharedListener {
  readonly #signals: Pick<CommitSignals, 'listen'>;
  readonly #callbacks = new Set<() => void>();
  #listener: Listener | null = null;

  constructor(signals: Pick<CommitSignals, 'listen'>) {
    this.#signals = signals;
  }

  listen(onSignal: () => void): Listener {
    const callback = () => onSignal();
    this.#callbacks.add(callback);
    this.#listener ??= this.#signals.listen(() => {
      for (const each of this.#callbacks) each();
    });
    return { close: () => this.#leave(callback) };
  }

  async #leave(callback: () => void): Promise<void> {
    if (!this.#callbacks.delete(callback) || this.#callbacks.size > 0) return;
    const listener = this.#listener;
    this.#listener = null;
    await listener?.close();
  }
}
