import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Progress, ProgressView, progressLine, summary } from '../../src/cli/import-progress.js';
import { timeLeft } from '../../src/cli/progress.js';

const PROGRESS: Progress = {
  ...{ seen: 12_345, total: 50_000, created: 12_000, updated: 300, failed: 0 },
  position: new Date('2026-01-03T14:05:31Z'),
  ...{ lastError: null, failingSince: null, isAsking: false, toAsk: 0, asked: 0 },
};

describe('a line of progress', () => {
  it('says what was read, of how many, at which time, how fast and how long still', () => {
    expect(progressLine(PROGRESS, 512.4, null)).toBe(
      '[####----------------]  12,345 of 50,000 (24 %)  at 2026-01-03 14:05  512/s  2 min left',
    );
  });

  it('leaves out what is not known', () => {
    expect(progressLine({ ...PROGRESS, total: null, position: null }, 0, null)).toBe('12,345 read');
  });

  it('says what it waits for, on one line', () => {
    const reason = 'The vendor answered 503:\nmaintenance';
    expect(progressLine({ ...PROGRESS, total: null, position: null }, 0, reason)).toBe(
      '12,345 read  waits: The vendor answered 503: maintenance',
    );
  });

  it('is about recordings and transcripts once all calls are written', () => {
    expect(progressLine({ ...PROGRESS, isAsking: true, toAsk: 400, asked: 100 }, 10, null)).toBe(
      '[#####---------------]  100 of 400 (25 %)  recordings and transcripts  10/s  30 s left',
    );
  });

  it('has a bar of the same width whatever the vendor counts', () => {
    fc.assert(
      fc.property(fc.nat(), fc.integer({ min: 1 }), (seen, total) => {
        const line = progressLine({ ...PROGRESS, seen, total }, 1, null);
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
  // What has passed is no problem.
  expect(summary({ ...PROGRESS, lastError: 'No.' })).toBe(summary(PROGRESS));
  expect(summary({ ...PROGRESS, failed: 2, lastError: 'No.' })).toBe(
    '12,345 calls were read: 12,000 are new, 300 were updated, 2 could not be read or written as a whole. The last problem: No.',
  );
  expect(summary({ ...PROGRESS, toAsk: 3, asked: 1, lastError: 'No.' })).toBe(
    '12,345 calls were read: 12,000 are new, 300 were updated, 2 were not asked for recordings and transcripts. The last problem: No.',
  );
});

describe('the view', () => {
  function viewOn(terminal: { isTTY?: boolean; columns?: number }) {
    const written: string[] = [];
    const view = new ProgressView({ ...terminal, write: (text: string) => written.push(text) });
    return { view, written };
  }
  const LINE = '[####----------------]  12,345 of 50,000 (24 %)  at 2026-01-03 14:05';

  it('of a terminal is one line, which is written over until it is the last one', () => {
    const { view, written } = viewOn({ isTTY: true, columns: 120 });
    view.show(PROGRESS, null, false, 0);
    view.show({ ...PROGRESS, seen: 12_845 }, null, false, 500);
    view.show({ ...PROGRESS, seen: 50_000 }, null, true, 1_000);
    expect(written).toEqual([
      `\r\x1b[K${LINE}`,
      '\r\x1b[K[#####---------------]  12,845 of 50,000 (25 %)  at 2026-01-03 14:05  1,000/s  38 s left',
      '\r\x1b[K[####################]  50,000 of 50,000 (100 %)  at 2026-01-03 14:05  37,655/s\n',
    ]);
  });

  it('of a narrow terminal never wraps, which could not be written over', () => {
    fc.assert(
      fc.property(fc.integer({ min: 10, max: 200 }), fc.string(), (columns, reason) => {
        const { view, written } = viewOn({ isTTY: true, columns });
        view.show(PROGRESS, reason, false, 0);
        expect((written[0] ?? '').length - '\r\x1b[K'.length).toBeLessThan(columns);
      }),
    );
  });

  it('of a terminal that does not know its width is 80 wide', () => {
    const { view, written } = viewOn({ isTTY: true, columns: 0 });
    view.show(PROGRESS, null, false, 0);
    expect(written).toEqual([`\r\x1b[K${LINE}`]);
  });

  it('of a file has a line every ten seconds, at once for news, and for the end', () => {
    const { view, written } = viewOn({});
    for (let second = 0; second <= 20; second += 0.5) {
      view.show(PROGRESS, second >= 4 && second < 6 ? 'the account is paused' : null, false, second * 1_000);
    }
    view.show(PROGRESS, null, true, 20_100);
    expect(written).toEqual([
      `${LINE}\n`,
      `${LINE}  waits: the account is paused\n`,
      `${LINE}\n`,
      `${LINE}\n`,
      `${LINE}\n`,
    ]);
  });

  it('tells how fast recordings come by themselves', () => {
    const { view, written } = viewOn({ isTTY: true, columns: 120 });
    view.show({ ...PROGRESS, toAsk: 100, asked: 0, isAsking: true }, null, false, 5_000);
    view.show({ ...PROGRESS, toAsk: 100, asked: 20, isAsking: true }, null, false, 7_000);
    expect(written[1]).toMatch(/20 of 100 \(20 %\) {2}recordings and transcripts {2}10\/s {2}8 s left$/);
  });
});
