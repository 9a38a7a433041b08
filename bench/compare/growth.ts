import { say } from '../support/report.js';
import { figure, median } from '../support/stats.js';
import type { Contender } from './contenders.js';
import { measure } from './load-generator.js';
import { atMost, FLAT, LINEAR, type Verdict } from './targets.js';
import { nestedList, type Workload } from './workloads.js';

export const PAGES = [1, 10, 50, 100, 200] as const;

const pageOf = (first: number): Workload => {
  const kind = { ...nestedList, variables: () => ({ first }) };
  return { name: `${first} calls`, kinds: [kind], next: () => kind };
};

/** One thing that is asked over one connection, so that its time is its own. */
interface Case {
  contender: Contender;
  workload: Workload;
}

/** The milliseconds of each case: the median of the rounds' medians, measured in turns. */
async function times(cases: readonly Case[], rounds: number, milliseconds: number): Promise<number[]> {
  const found = cases.map(() => [] as number[]);
  for (let round = -1; round < rounds; round += 1) {
    for (const [index, { contender, workload }] of cases.entries()) {
      const run = { connections: 1, milliseconds, seed: round + 1, mark: '' };
      const { p50 } = await measure(contender, workload, run);
      // The first round warms up.
      if (round >= 0) found[index]?.push(p50);
    }
  }
  return found.map(median);
}

/** Milliseconds of each page, by contender. */
export interface PageGrowth {
  times: { contender: string; pages: Record<string, number> }[];
  verdicts: Verdict[];
}

/** How the nested list grows with the page. */
export async function measurePages(
  contenders: readonly Contender[],
  rounds: number,
  milliseconds: number,
): Promise<PageGrowth> {
  const cases = contenders.flatMap((contender) =>
    PAGES.map((first) => ({ contender, workload: pageOf(first) })),
  );
  const found = await times(cases, rounds, milliseconds);
  const rows = contenders.map(({ name }, index) => ({
    contender: name,
    pages: Object.fromEntries(PAGES.map((first, at) => [first, found[index * PAGES.length + at] ?? 0])),
  }));
  say('pages of different sizes measured');
  const own = rows.find(({ contender }) => contender === 'switchboard');
  return { times: rows, verdicts: own === undefined ? [] : [linear(own.pages)] };
}

function linear(pages: Record<string, number>): Verdict {
  const at = (first: number) => pages[first] ?? Number.NaN;
  const predicted = at(1) + ((at(50) - at(1)) / 49) * 199;
  return atMost('200 calls a page, to the line through 1 and 50', at(200) / predicted, LINEAR);
}

export interface SizeGrowth {
  times: { calls: number; milliseconds: number }[];
  verdicts: Verdict[];
}

/** How it grows with the calls of the database; each size has a gateway and a database of its own. */
export async function measureSizes(
  sizes: readonly { calls: number; contender: Contender }[],
  rounds: number,
  milliseconds: number,
): Promise<SizeGrowth> {
  const cases = sizes.map(({ contender }) => ({ contender, workload: pageOf(50) }));
  const found = await times(cases, rounds, milliseconds);
  const rows = sizes.map(({ calls }, index) => ({ calls, milliseconds: found[index] ?? 0 }));
  const all = rows.map((row) => row.milliseconds);
  const flat = atMost(
    `50 calls of ${sizes.map(({ calls }) => calls.toLocaleString('en-US')).join(', ')}: longest to shortest`,
    Math.max(...all) / Math.min(...all),
    FLAT,
  );
  say(`databases of different sizes measured: ${all.map(figure).join(', ')} ms`);
  return { times: rows, verdicts: [flat] };
}
