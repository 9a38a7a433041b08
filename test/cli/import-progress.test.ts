import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Progress, progressLine, summary, timeLeft } from '../../src/cli/import-progress.js';

const PROGRESS: Progress = {
  ...{ seen: 12_345, total: 50_000, created: 12_000, updated: 300, failed: 0 },
  position: new Date('2026-01-03T14:05:31Z'),
  ...{ lastError: null, failingSince: null },
};

describe('a line of progress', () => {
  it('says what was read, of how many, at which time, how fast and how long still', () => {
    expect(progressLine(PROGRESS, 512.4)).toBe(
      '[####----------------]  12,345 of 50,000 (24 %)  at 2026-01-03 14:05  512/s  2 min left',
    );
  });

  it('leaves out what is not known', () => {
    expect(progressLine({ ...PROGRESS, total: null, position: null }, 0)).toBe('12,345 read');
  });

  it('says what it waits for, on one line', () => {
    const failing = { lastError: 'The vendor answered 503:\nmaintenance', failingSince: new Date() };
    expect(progressLine({ ...PROGRESS, total: null, position: null, ...failing }, 0)).toBe(
      '12,345 read  waits: The vendor answered 503: maintenance',
    );
  });

  it('has a bar of the same width whatever the vendor counts', () => {
    fc.assert(
      fc.property(fc.nat(), fc.integer({ min: 1 }), (seen, total) => {
        const line = progressLine({ ...PROGRESS, seen, total }, 1);
        expect(line).toMatch(/^\[#*-*\] /);
        expect(line.indexOf(']')).toBe(21);
        expect(Number(/\((\d+) %\)/.exec(line)?.[1])).toBeLessThanOrEqual(100);
      }),
    );
  });
});

it.each([
  [0.2, '1 s'],
  [59, '59 s'],
  [61, '2 min'],
  [3_600, '1 h 0 min'],
  [9_000, '2 h 30 min'],
])('%s seconds are shown as %s', (seconds, words) => {
  expect(timeLeft(seconds)).toBe(words);
});

it('the summary says what became of all', () => {
  expect(summary(PROGRESS)).toBe('12,345 calls were read: 12,000 are new, 300 were updated.');
  expect(summary({ ...PROGRESS, failed: 2, lastError: 'No.' })).toBe(
    '12,345 calls were read: 12,000 are new, 300 were updated, 2 could not be written. The last one: No.',
  );
});
