import type { CommitSignals, Listener } from './commit-signals.js';

type Callbacks = Parameters<CommitSignals['listen']>;

/** One connection that listens, for all who do, while any does. */
export class SharedListener implements Pick<CommitSignals, 'listen'> {
  readonly #signals: Pick<CommitSignals, 'listen'>;
  readonly #callbacks = new Set<Callbacks>();
  #listener: Listener | null = null;

  constructor(signals: Pick<CommitSignals, 'listen'>) {
    this.#signals = signals;
  }

  listen(...callbacks: Callbacks): Listener {
    this.#callbacks.add(callbacks);
    this.#listener ??= this.#signals.listen(
      () => {
        for (const [onSignal] of this.#callbacks) onSignal();
      },
      (organizationId) => {
        for (const [, onErased] of this.#callbacks) onErased?.(organizationId);
      },
    );
    return { close: () => this.#leave(callbacks) };
  }

  async #leave(callbacks: Callbacks): Promise<void> {
    if (!this.#callbacks.delete(callbacks) || this.#callbacks.size > 0) return;
    const listener = this.#listener;
    this.#listener = null;
    await listener?.close();
  }
}
