import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { isTimeout, withTimeout } from '../../src/foundation/with-timeout.js';

test('returns the result of work that is done in time', async () => {
  expect(await withTimeout(60_000, async () => 'done')).toBe('done');
  await expect(
    withTimeout(60_000, async () => {
      throw new Error('failed');
    }),
  ).rejects.toThrow('failed');
});

test('rejects after the timeout, aborts the signal and ignores the outcome', async () => {
  let signal: AbortSignal | undefined;
  const work = withTimeout(1, async (given) => {
    signal = given;
    await sleep(20);
    throw new Error('too late to matter');
  });
  await expect(work).rejects.toSatisfy(isTimeout);
  expect(signal?.aborted).toBe(true);
  await sleep(30);
});
