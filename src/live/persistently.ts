import { setTimeout as sleep } from 'node:timers/promises';
import { isDatabaseAway } from '../db/unavailable.js';

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

/** Whether the same may succeed later. */
export function mayPass(error: unknown): boolean {
  return isDatabaseAway(error) || (error instanceof DOMException && error.name === 'TimeoutError');
}
