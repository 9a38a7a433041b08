import { askAll, type Client } from '../support/client.js';
import { say, table } from '../support/report.js';
import { figure, median } from '../support/stats.js';
import { burki, burkiCall, FLOW, series } from './inputs.js';
import { flowBody, mergeBody, must, payloads, type UserError, upsertBody } from './operations.js';
import type { Section } from './world.js';

const SIDES = ['baseline', 'present', 'connected'] as const;
type Side = (typeof SIDES)[number];

/**
 * Single writes of another tree, of this one, and of this one with vendor accounts, each on an empty database of its own:
 * calls a second.
 */
export async function compareTrees(
  trees: Record<Side, Client>,
  { rounds, calls }: { rounds: number; calls: number },
): Promise<Section> {
  const operations = {
    upsertCall: (value: string) => upsertBody(burkiCall(value)),
    mergeCallMetadata: (value: string) =>
      mergeBody({ reference: burki(value) }, { follow_up: { at: value }, ticket: { priority: 'P1' } }),
    replaceCallFlow: (value: string) => flowBody({ reference: burki(value) }, FLOW),
  };
  const found = new Map<string, Record<Side, number[]>>();
  for (let round = -1; round < rounds; round += 1) {
    const values = series(`tree-${round}`, calls);
    for (const [name, body] of Object.entries(operations)) {
      const rates = found.get(name) ?? { baseline: [], present: [], connected: [] };
      found.set(name, rates);
      for (const side of round % 2 === 0 ? SIDES : SIDES.toReversed()) {
        const { answers, seconds } = await askAll<Record<string, { errors: UserError[] }>>(
          trees[side],
          values.map(body),
        );
        must(payloads(answers).length === calls, 'every write is answered');
        // The first round warms up.
        if (round >= 0) rates[side].push(calls / seconds);
      }
    }
    say(`this tree and the baseline, round ${round + 1} of ${rounds}`);
  }
  const rows = [...found].map(([name, rates]) => {
    const ratioOf = (side: Side) =>
      figure(median(rates[side].map((rate, index) => rate / (rates.baseline[index] ?? Number.NaN))));
    const { baseline, present, connected } = rates;
    const figures = [baseline, present, connected].map((each) => figure(median(each)));
    return [name, ...figures, ratioOf('present'), ratioOf('connected')];
  });
  const text = [
    'Writes a second on 16 connections, of another built tree, of this one, and of this one with an account at Burki and one at Bird, which answer at once; ratios to the other tree are medians of the rounds’.',
    table(['', 'baseline', 'this tree', 'with accounts', 'ratio', 'ratio with accounts'], rows),
  ].join('\n\n');
  return { text, data: { calls, rates: Object.fromEntries(found) }, missed: [] };
}
