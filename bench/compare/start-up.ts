import { setTimeout as sleep } from 'node:timers/promises';
import type { Lifetime } from '../support/lifetime.js';
import { say } from '../support/report.js';
import { figure, median } from '../support/stats.js';
import { usageOf } from '../support/usage.js';
import { askOnce } from './ask.js';
import { type ContenderName, startContender, type World } from './contenders.js';
import { seeded } from './random.js';
import { KINDS } from './workloads.js';

export interface StartUp {
  contender: ContenderName;
  /** From the start of the process to its first good answer. */
  milliseconds: number;
  /** MB, a moment after that. */
  idle: number;
}

const TIMES = 3;
const SETTLED_AFTER = 500;

/** Starts each contender a few times in turns; the medians. */
export async function measureStartUp(
  lifetime: Lifetime,
  names: readonly ContenderName[],
  world: World,
): Promise<StartUp[]> {
  const found = new Map(names.map((name) => [name, { milliseconds: [] as number[], idle: [] as number[] }]));
  const [first] = KINDS;
  if (first === undefined) throw new Error('there is nothing to ask');
  for (let time = 0; time < TIMES; time += 1) {
    for (const name of names) {
      const contender = await startContender(lifetime, name, world);
      await askOnce(contender, first, first.variables(contender.pools, seeded(time), ''));
      found.get(name)?.milliseconds.push(performance.now() - contender.server.spawned);
      await sleep(SETTLED_AFTER);
      found.get(name)?.idle.push((await usageOf(contender.server.pid)).memory);
      await contender.server.stop();
    }
  }
  const medians = [...found].map(([contender, { milliseconds, idle }]) => ({
    contender,
    milliseconds: median(milliseconds),
    idle: median(idle),
  }));
  say(
    `first answers: ${medians.map((each) => `${each.contender} ${figure(each.milliseconds)} ms`).join(', ')}`,
  );
  return medians;
}
