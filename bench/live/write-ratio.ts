import { askAll, type Client } from '../support/client.js';
import { say, table } from '../support/report.js';
import { figure, median } from '../support/stats.js';
import { usageOf } from '../support/usage.js';
import { burki, burkiCall, chunked, series } from '../writes/inputs.js';
import { mergeBody, must, payloads, type UserError, upsertsBody } from '../writes/operations.js';
import type { Section } from '../writes/world.js';

/** Whose writes are measured: a gateway on a database of its own. */
export interface Side {
  name: string;
  client: Client;
  /** The gateway's process. */
  pid: number;
  /** Waits until what is under way for subscribers is done, so that it does not burden the next side. */
  settled?(written: number): Promise<void>;
}

/** What a write may cost of its rate without subscribers. */
const PROMISED = 0.95;
const BATCH = 250;

/** Merges a second on the sides' connections, in turns; the ratios are to the first side. */
export async function compareWrites(
  sides: readonly Side[],
  { rounds, calls }: { rounds: number; calls: number },
): Promise<Section> {
  const rates = new Map<string, number[]>(sides.map(({ name }) => [name, []]));
  /** Milliseconds of the gateway's processor time for a write, with what it does for subscribers. */
  const costs = new Map<string, number[]>(sides.map(({ name }) => [name, []]));
  for (const { client, settled } of sides) {
    for (const inputs of chunked(series('ratio', calls).map(burkiCall), BATCH)) {
      await client.ask(upsertsBody(inputs));
    }
    await settled?.(calls);
  }
  for (let round = -1; round < rounds; round += 1) {
    for (const { name, client, pid, settled } of round % 2 === 0 ? sides : sides.toReversed()) {
      const bodies = series('ratio', calls).map((value) =>
        mergeBody(
          { reference: burki(value) },
          { follow_up: { at: `${round}` }, ticket: { priority: `P${round}` } },
        ),
      );
      const before = await usageOf(pid);
      const { answers, seconds } = await askAll<Record<string, { errors: UserError[] }>>(client, bodies);
      must(payloads(answers).length === calls, 'every write is answered');
      await settled?.(calls);
      // The first round warms up.
      if (round < 0) continue;
      rates.get(name)?.push(calls / seconds);
      costs.get(name)?.push((((await usageOf(pid)).cpu - before.cpu) / calls) * 1000);
    }
    say(`writes with and without subscribers, round ${round + 1} of ${rounds}`);
  }
  const [first] = rates.values();
  const rows = [...rates].map(([name, its]) => {
    const ratios = its.map((rate, index) => rate / (first?.[index] ?? Number.NaN));
    return {
      name,
      rate: median(its),
      ratio: median(ratios),
      least: Math.min(...ratios),
      most: Math.max(...ratios),
      cpu: median(costs.get(name) ?? []),
    };
  });
  const text = [
    `mergeCallMetadata a second on ${sides[0]?.client.connections} connections, ${calls} in each of ${rounds} interleaved rounds; ` +
      `each side has a gateway and a database of its own. Ratios within one round, to ${sides[0]?.name}.`,
    table(
      ['', 'merges/s', 'ratio, median', 'least', 'most', 'gateway CPU, ms a merge'],
      rows.map(({ name, ...row }) => [
        name,
        ...[row.rate, row.ratio, row.least, row.most, row.cpu].map(figure),
      ]),
    ),
  ].join('\n\n');
  const missed = rows
    .filter(({ name, ratio }) => name === UNWATCHED && sides[0]?.name !== UNWATCHED && !(ratio >= PROMISED))
    .map(({ ratio }) => `the write ratio without subscribers is ${figure(ratio)}, below ${PROMISED}`);
  return {
    text,
    data: { rounds, calls, rates: Object.fromEntries(rates), costs: Object.fromEntries(costs) },
    missed,
  };
}

export const UNWATCHED = 'no subscriber';
