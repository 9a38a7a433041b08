import { describe, expect, it } from 'vitest';
import { Marks } from '../../../src/db/replicas/marks.js';
import type { WalSample } from '../../../src/db/replicas/wal-clock.js';

/** A log that grows by one at each question. */
function countingClock() {
  let lsn = 100n;
  const samples: WalSample[] = [];
  return {
    asked: () => samples.length,
    after: (moment: number) => samples.find(({ at }) => at > moment),
    now: async () => {
      lsn += 1n;
      const sample = { at: performance.now(), lsn };
      samples.push(sample);
      return sample;
    },
  };
}

describe('the mark of an organization', () => {
  it('is the highest place that it was shown', async () => {
    const marks = new Marks(countingClock());
    expect(await marks.of('a')).toBe(0n);
    marks.raise('a', 7n);
    marks.raise('a', 5n);
    expect([await marks.of('a'), await marks.of('b')]).toEqual([7n, 0n]);
  });

  it('is after what it has written, which is looked up once, and when it is needed', async () => {
    const clock = countingClock();
    const marks = new Marks(clock);
    marks.raise('a', 7n);
    for (let n = 0; n < 5; n += 1) marks.touch('a');
    expect(clock.asked()).toBe(0);
    expect([await marks.of('a'), await marks.of('a'), await marks.of('b')]).toEqual([101n, 101n, 0n]);
    marks.touch('a');
    expect(await marks.of('a')).toBe(102n);
  });

  it('is after a write of which it is not known whose it is', async () => {
    const marks = new Marks(countingClock());
    marks.raise('a', 7n);
    marks.touch(null);
    expect(await marks.of('a')).toBe(101n);
    expect(await marks.of('b')).toBe(101n);
  });

  it('is after a write that comes while the place of an earlier one is looked up', async () => {
    const clock = countingClock();
    const marks = new Marks(clock);
    marks.touch('a');
    const first = marks.of('a');
    await new Promise((resolve) => setTimeout(resolve, 2));
    marks.touch('a');
    expect([await first, await marks.of('a')]).toEqual([101n, 102n]);
  });

  it('is not lost where there are too many organizations to keep', async () => {
    const marks = new Marks(countingClock(), 2);
    marks.raise('a', 7n);
    for (const each of ['b', 'c', 'd']) marks.raise(each, 1n);
    expect(await marks.of('a')).toBeGreaterThanOrEqual(7n);
    marks.touch('e');
    for (const each of ['f', 'g', 'h']) marks.raise(each, 1n);
    expect(await marks.of('e')).toBe(101n);
  });

  it('begins anew with a new line, after the writes that came meanwhile', async () => {
    const marks = new Marks(countingClock());
    marks.raise('a', 1_000n);
    marks.begin({ at: 0, lsn: 50n });
    expect(await marks.of('a')).toBe(101n);
  });
});
