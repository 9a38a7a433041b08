import { isConnectionLost, isReadOnly } from '../../foundation/unavailable.js';
import { isTimeout, withTimeout } from '../../foundation/with-timeout.js';

export class DatabaseLost extends Error {
  override readonly name = 'DatabaseLost';
  readonly code = 'CONNECTION_CLOSED';
}

/** Each renewal reopens all connections. */
const RENEW_INTERVAL_MS = 1_000;

const RECOVERY_TIMEOUT_MS = 1_500;

/**
 * After a loss, a ping goes before all other statements: a server that is starting lets clients wait, and a write must
 * not run after its request has ended.
 */
export class ConnectionState {
  readonly #ping: () => Promise<unknown>;
  readonly #replace = new Set<() => void>();
  readonly #renew = new Set<() => void>();
  #renewedAt = Number.NEGATIVE_INFINITY;
  #isLost = false;
  #pinging: Promise<void> | undefined;

  constructor(ping: () => Promise<unknown>) {
    this.#ping = ping;
  }

  get isLost(): boolean {
    return this.#isLost;
  }

  onSilence(replace: () => void): void {
    this.#replace.add(replace);
  }

  onMove(renew: () => void): void {
    this.#renew.add(renew);
  }

  /** The host name may now lead to another server. */
  markMoved({ isCertain = false } = {}): void {
    const now = performance.now();
    if (!isCertain && now - this.#renewedAt < RENEW_INTERVAL_MS) return;
    this.#renewedAt = now;
    for (const renew of this.#renew) renew();
  }

  markSilent(): void {
    this.#isLost = true;
    for (const replace of this.#replace) replace();
  }

  readonly report = (error: unknown): void => {
    if (isConnectionLost(error)) this.#isLost = true;
    if (isReadOnly(error)) this.markMoved();
  };

  async recovered(): Promise<void> {
    this.#pinging ??= this.#runPing().finally(() => {
      this.#pinging = undefined;
    });
    const pinging = this.#pinging;
    await withTimeout(RECOVERY_TIMEOUT_MS, () => pinging).catch((error) => {
      throw isTimeout(error) ? new DatabaseLost('the database does not answer') : error;
    });
  }

  async #runPing(): Promise<void> {
    await this.#ping();
    this.#isLost = false;
  }
}
