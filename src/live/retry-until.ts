import { setTimeout as sleep } from 'node:timers/promises';
import { databaseErrorCode, isDatabaseAway } from '../foundation/unavailable.js';
import { isTimeout, withTimeout } from '../foundation/with-timeout.js';

const AGAIN_AFTER = 50;
const AGAIN_AFTER_AT_MOST = 1_000;
/** Milliseconds, longer than any statement may take: after that the connection is lost. */
const ATTEMPT_TIMEOUT = 30_000;

/** Undefined once the work is no longer wanted. An aborted attempt must have no effect afterwards. */
export async function retryUntil<T>(
  task: (attempt: AbortSignal) => Promise<T>,
  isWanted: () => boolean,
  failed: (error: unknown) => void,
): Promise<T | undefined> {
  for (let wait = AGAIN_AFTER; isWanted(); wait = Math.min(2 * wait, AGAIN_AFTER_AT_MOST)) {
    try {
      return await inTime(task);
    } catch (error) {
      failed(error);
      await sleep(wait, undefined, { ref: false });
    }
  }
  return undefined;
}

export const inTime = <T>(task: (attempt: AbortSignal) => Promise<T>): Promise<T> =>
  withTimeout(ATTEMPT_TIMEOUT, task);

const CANCELED = '57014';
const MOST_CANCELED = 3;

export class RetryPolicy {
  readonly #failed: (error: unknown) => void;
  readonly #progress: () => unknown;
  #lastProgress: unknown;
  #canceled = 0;

  constructor(failed: (error: unknown) => void, progress: () => unknown) {
    this.#failed = failed;
    this.#progress = progress;
  }

  check(error: unknown): void {
    if (!mayPass(error)) throw error;
    if (isTooLong(error)) {
      this.#canceled = this.#lastProgress === this.#progress() ? this.#canceled + 1 : 1;
      this.#lastProgress = this.#progress();
      if (this.#canceled > MOST_CANCELED) throw error;
    }
    this.#failed(error);
  }
}

export function isTooLong(error: unknown): boolean {
  return databaseErrorCode(error) === CANCELED;
}

function mayPass(error: unknown): boolean {
  return isDatabaseAway(error) || isTimeout(error);
}
