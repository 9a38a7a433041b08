import { StartError } from '../foundation/start-error.js';
import { withTimeout } from '../foundation/with-timeout.js';

const ABORT_TIMEOUT_MS = 3_000;

export class Startup {
  readonly timedOut: Promise<never>;
  readonly #seconds: number;
  readonly #closers: (() => Promise<unknown>)[] = [];
  #timers: NodeJS.Timeout[] = [];
  #fail: (error: StartError) => void = () => {};
  #end: (() => Promise<unknown>) | undefined;

  constructor(seconds: number) {
    this.#seconds = seconds;
    this.timedOut = new Promise((_, reject) => {
      this.#fail = reject;
    });
    this.timedOut.catch(() => {});
  }

  startWaiting(what: string, { isWork = false } = {}): void {
    this.stopWaiting();
    const seconds = this.#seconds;
    const report = () =>
      process.stderr.write(
        `switchboard: waiting for ${what}${isWork ? '' : `, for at most ${seconds} s (START_TIMEOUT)`}\n`,
      );
    const fail = () =>
      this.#fail(new StartError(`timed out after ${seconds} s (START_TIMEOUT) waiting for ${what}`));
    this.#timers = [setTimeout(report, seconds * 500)];
    if (!isWork) this.#timers.push(setTimeout(fail, seconds * 1000));
  }

  stopWaiting(): void {
    for (const timer of this.#timers.splice(0)) clearTimeout(timer);
  }

  onClose(close: () => Promise<unknown>): void {
    let closing: Promise<unknown> | undefined;
    this.#closers.unshift(() => {
      closing ??= close();
      return closing;
    });
  }

  /** For what goes on until a signal, and then has something to finish. */
  onInterrupt(end: () => Promise<unknown>): void {
    this.#end = end;
  }

  /** False if nothing takes the signal, or it does not end in time. */
  async interrupt(): Promise<boolean> {
    if (this.#end === undefined) return false;
    return withTimeout(ABORT_TIMEOUT_MS, this.#end).then(
      () => true,
      () => false,
    );
  }

  async close(): Promise<void> {
    this.stopWaiting();
    for (const close of [...this.#closers]) await close();
  }

  async abort(): Promise<void> {
    this.stopWaiting();
    const closing = () => Promise.allSettled(this.#closers.map((close) => close()));
    await withTimeout(ABORT_TIMEOUT_MS, closing).catch(() => {});
  }
}
