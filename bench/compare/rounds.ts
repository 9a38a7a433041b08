import { say } from '../support/report.js';
import { figure, median } from '../support/stats.js';
import { usageOf } from '../support/usage.js';
import type { Contender } from './contenders.js';
import { type Measured, measure } from './load-generator.js';
import type { Workload } from './workloads.js';

export interface Plan {
  rounds: number;
  milliseconds: number;
  warmUp: number;
  connections: number;
}

/** What one contender did under one workload; one item a round. */
export interface Series {
  workload: string;
  contender: string;
  rounds: Measured[];
  /** MB, the highest until the end of this workload. */
  peak: number;
}

/** All contenders under one workload, in turns: whatever else the machine does, or the rows that pile up, hit all alike. */
export async function runRounds(
  workload: Workload,
  contenders: readonly Contender[],
  { rounds, milliseconds, warmUp, connections }: Plan,
): Promise<Series[]> {
  const found = new Map<string, Measured[]>(contenders.map(({ name }) => [name, []]));
  for (let round = -1; round < rounds; round += 1) {
    for (const contender of rotated(contenders, round)) {
      const mark = `${round}-${contender.name.padEnd(13, '-')}`;
      const run = { connections, seed: round + 1, mark, milliseconds: round < 0 ? warmUp : milliseconds };
      const measured = await measure(contender, workload, run);
      if (round >= 0) found.get(contender.name)?.push(measured);
    }
  }
  const series: Series[] = [];
  for (const { name, server } of contenders) {
    const { peak } = await usageOf(server.pid);
    series.push({ workload: workload.name, contender: name, rounds: found.get(name) ?? [], peak });
  }
  const rates = series.map((each) => `${each.contender} ${figure(medianOf(each, 'rate'))}`);
  say(`${workload.name}: ${rates.join(', ')} a second`);
  return series;
}

const rotated = <T>(items: readonly T[], by: number): T[] => {
  const first = (by + items.length) % items.length;
  return [...items.slice(first), ...items.slice(0, first)];
};

export const medianOf = ({ rounds }: Series, what: keyof Measured): number =>
  median(rounds.map((measured) => measured[what]));

/** The median of the ratios that two have within each round. */
export const ratioOf = (one: Series, other: Series, what: keyof Measured): number =>
  median(one.rounds.map((measured, round) => measured[what] / (other.rounds[round]?.[what] ?? Number.NaN)));
