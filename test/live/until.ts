import { setTimeout as sleep } from 'node:timers/promises';

/** @throws when it does not hold within `patience` milliseconds */
export async function until(what: string, holds: () => boolean, patience = 60_000): Promise<void> {
  const end = performance.now() + patience;
  while (!holds()) {
    if (performance.now() > end) throw new Error(`not within ${patience} ms: ${what}`);
    await sleep(2);
  }
}
