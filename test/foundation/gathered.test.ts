import { expect, it } from 'vitest';
import { gathered } from '../../src/foundation/gathered.js';

const turn = () => new Promise((resolve) => setTimeout(resolve, 1));

it('answers all who ask while a run is under way by the next one', async () => {
  let runs = 0;
  const ends: (() => void)[] = [];
  const ask = gathered(async () => {
    runs += 1;
    const run = runs;
    await new Promise<void>((resolve) => ends.push(resolve));
    return run;
  });
  const first = [ask(), ask()];
  await turn();
  const second = [ask(), ask(), ask()];
  expect(runs).toBe(1);
  ends[0]?.();
  expect(await Promise.all(first)).toEqual([1, 1]);
  await turn();
  ends[1]?.();
  expect(await Promise.all(second)).toEqual([2, 2, 2]);
});

it('runs again after a failure, which only those get who asked before', async () => {
  let runs = 0;
  const ask = gathered(async () => {
    runs += 1;
    if (runs === 1) throw new Error('away');
    return runs;
  });
  const failing = ask();
  await expect(failing).rejects.toThrow('away');
  expect(await ask()).toBe(2);
});
