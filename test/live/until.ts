import { setTimeout as sleep } from 'node:timers/promises';

/** Waits until something holds. @throws when it does not within the patience, in milliseconds */
export async function until(what: string, holds: () => boolean, patience = 30_000): Promise<void> {
  const end = performance.now() + patience;
  while (!holds()) {
    if (performance.now() > end) throw new Error(`not within ${patience} ms: ${what}`);
    await sleep(2);
  }
}
