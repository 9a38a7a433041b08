import { askAll, type Client } from '../support/client.js';
import { say, table } from '../support/report.js';
import { figure, median } from '../support/stats.js';
import { burki, burkiCall, FLOW, series } from './inputs.js';
import { flowBody, mergeBody, must, payloads, type UserError, upsertBody } from './operations.js';
import type { Section } from './world.js';

/** Single writes of this tree and of another one, each on an empty database of its own: calls a second. */
export async function compareTrees(
  trees: { present: Client; baseline: Client },
  { rounds, calls }: { rounds: number; calls: number },
): Promise<Section> {
  const operations = {
    upsertCall: (value: string) => upsertBody(burkiCall(value)),
    mergeCallMetadata: (value: string) =>
      mergeBody({ reference: burki(value) }, { follow_up: { at: value }, ticket: { priority: 'P1' } }),
    replaceCallFlow: (value: string) => flowBody({ reference: burki(value) }, FLOW),
  };
  const found = new Map<string, { present: number[]; baseline: number[] }>();
  for (let round = -1; round < rounds; round += 1) {
    const values = series(`tree-${round}`, calls);
    for (const [name, body] of Object.entries(operations)) {
      const rates = found.get(name) ?? { present: [], baseline: [] };
      found.set(name, rates);
      const sides = round % 2 === 0 ? (['present', 'baseline'] as const) : (['baseline', 'present'] as const);
      for (const side of sides) {
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
  const rows = [...found].map(([name, { present, baseline }]) => {
    const ratio = median(present.map((rate, index) => rate / (baseline[index] ?? Number.NaN)));
    return [name, figure(median(baseline)), figure(median(present)), figure(ratio)];
  });
  const text = [
    'Writes a second on 16 connections, of another built tree and of this one; the ratio is the median of the rounds’.',
    table(['', 'baseline', 'this tree', 'ratio'], rows),
  ].join('\n\n');
  return { text, data: { calls, rates: Object.fromEntries(found) }, missed: [] };
}
