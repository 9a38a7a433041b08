import fc from 'fast-check';
import { expect, it } from 'vitest';
import { CountProgress, countLine } from '../../src/cli/count-progress.js';

const callsLine = (done: number, total: number | null, perSecond: number) =>
  countLine(done, total, perSecond, 'calls');

it('says how many calls are written, how fast and how long still', () => {
  expect(callsLine(250_000, 1_000_000, 12_345.6)).toBe(
    '[#####---------------]  250,000 of 1,000,000 calls (25 %)  12,346/s  2 min left',
  );
  expect(callsLine(0, 0, 0)).toBe('[####################]  0 of 0 calls (100 %)');
  expect(callsLine(1_250, null, 4)).toBe('1,250 calls  4/s');
});

it('has a bar of the same width whatever was counted', () => {
  fc.assert(
    fc.property(fc.nat(), fc.nat(), (done, total) => {
      expect(callsLine(done, total, 0)).toMatch(/^\[#*-*\] {2}[\d,]+ of [\d,]+ calls \(\d{1,3} %\)$/);
      expect(callsLine(done, total, 0).indexOf(']')).toBe(21);
    }),
  );
});

it('is one line on a terminal, and lines elsewhere', () => {
  const shown = (isTTY: boolean) => {
    const written: string[] = [];
    const progress = new CountProgress({ isTTY, write: (text) => written.push(text) }, 4, 'calls', 0);
    for (const [done, now] of [
      [1, 100],
      [2, 300],
      [3, 10_400],
    ] as const) {
      progress.show(done, false, now);
    }
    progress.show(4, true, 10_500);
    return written.map((text) => text.replace(/^.*?(\d) of 4.*?(\n?)$/s, '$1$2'));
  };
  expect(shown(true)).toEqual(['2', '3', '4\n']);
  expect(shown(false)).toEqual(['3\n', '4\n']);
});

it('ends with what was counted, if it began with an estimate', () => {
  const written: string[] = [];
  const progress = new CountProgress({ write: (text) => written.push(text) }, 1_000, 'rows', 0);
  progress.show(990, true, 1_000);
  expect(written).toEqual(['[####################]  990 of 990 rows (100 %)  990/s\n']);
});
