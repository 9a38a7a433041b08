import { setTimeout as sleep } from 'node:timers/promises';
import { databaseErrorCode, isDatabaseAway } from '../db/unavailable.js';

/** Milliseconds until what failed is tried again: the first time, and at most. */
const AGAIN_AFTER = 50;
const AGAIN_AFTER_AT_MOST = 1_000;
/** Longer than any statement may take: what has not ended by then has lost its connection, and never will. */
const LONG = 30_000;

/**
 * Tries again until it succeeds, or until there is nobody any more to do it for: undefined then. An attempt that takes too
 * long is given up, and its signal aborted: it must not have any effect any more.
 */
export async function persistently<T>(
  work: (attempt: AbortSignal) => Promise<T>,
  isWanted: () => boolean,
  failed: (error: unknown) => void,
): Promise<T | undefined> {
  for (let wait = AGAIN_AFTER; isWanted(); wait = Math.min(2 * wait, AGAIN_AFTER_AT_MOST)) {
    try {
      return await inTime(work);
    } catch (error) {
      failed(error);
      await sleep(wait, undefined, { ref: false });
    }
  }
  return undefined;
}

/** Rejects with a TimeoutError when the work takes too long. */
export async function inTime<T>(work: (attempt: AbortSignal) => Promise<T>): Promise<T> {
  const attempt = AbortSignal.timeout(LONG);
  let giveUp = () => {};
  const tooLong = new Promise<never>((_, reject) => {
    giveUp = () => reject(attempt.reason);
    attempt.addEventListener('abort', giveUp, { once: true });
  });
  try {
    return await Promise.race([work(attempt), tooLong]);
  } finally {
    attempt.removeEventListener('abort', giveUp);
  }
}

/** SQLSTATE of a statement that took too long. */
const CANCELED = '57014';
/** How often that may happen in one place before the work itself is taken to be too much. */
const MOST_CANCELED = 3;

/** Decides what is tried again: what may pass because the database was away, and nothing else. */
export class Patience {
  readonly #failed: (error: unknown) => void;
  readonly #progress: () => unknown;
  #place: unknown;
  #canceled = 0;

  /** `failed` hears of what is tried again; `progress` is another value once something has been achieved. */
  constructor(failed: (error: unknown) => void, progress: () => unknown) {
    this.#failed = failed;
    this.#progress = progress;
  }

  /** @throws the error where it is not to be tried again */
  test(error: unknown): void {
    if (!mayPass(error)) throw error;
    if (isTooLong(error)) {
      this.#canceled = this.#place === this.#progress() ? this.#canceled + 1 : 1;
      this.#place = this.#progress();
      if (this.#canceled > MOST_CANCELED) throw error;
    }
    this.#failed(error);
  }
}

/** The database was there, and took too long. */
export function isTooLong(error: unknown): boolean {
  return databaseErrorCode(error) === CANCELED;
}

function mayPass(error: unknown): boolean {
  return isDatabaseAway(error) || isTimeout(error);
}

const isTimeout = (error: unknown) => error instanceof DOMException && error.name === 'TimeoutError';
