import { askAll, type Client } from '../support/client.js';
import { say, table } from '../support/report.js';
import { figure, median } from '../support/stats.js';
import { burki, burkiCall, burkiEnd, chunked, series } from './inputs.js';
import {
  type Merged,
  mergeBody,
  mergesBody,
  must,
  payloads,
  type Upserted,
  upsertBody,
  upsertsBody,
} from './operations.js';
import type { Section, World } from './world.js';

const BATCH = 500;

interface Options {
  /** Calls in each measurement. */
  calls: number;
  connections: number;
  batchConnections: number;
}

/** Single writes against batches of 500: calls a second. */
export async function measureThroughput(world: World, options: Options): Promise<Section> {
  const single = world.client(options.connections);
  const batched = world.client(options.batchConnections);
  const rates = new Map<string, { single: number[]; batch: number[] }>();
  for (let round = -1; round < world.rounds; round += 1) {
    for (const [kind, ...ways] of kinds(single, batched, options.calls, `rate-${round}-${Date.now()}`)) {
      const found = rates.get(kind) ?? { single: [], batch: [] };
      rates.set(kind, found);
      for (const { way, run } of round % 2 === 0 ? ways : ways.toReversed()) {
        const rate = options.calls / (await run());
        // The first round warms up.
        if (round >= 0) found[way].push(rate);
      }
    }
    say(`writes a second, round ${round + 1} of ${world.rounds}`);
  }
  const rows = [...rates].map(([kind, found]) => {
    const [one, many] = [median(found.single), median(found.batch)];
    return { kind, single: one, batch: many, ratio: many / one };
  });
  const text = [
    `Calls a second: single mutations on ${options.connections} connections against batches of ${BATCH} on ` +
      `${options.batchConnections}; ${options.calls} calls in each of ${world.rounds} rounds.`,
    table(
      ['', 'single', 'batch of 500', 'ratio'],
      rows.map(({ kind, ...row }) => [kind, figure(row.single), figure(row.batch), figure(row.ratio)]),
    ),
  ].join('\n\n');
  return { text, data: { options, rows, rounds: Object.fromEntries(rates) }, missed: [] };
}

interface Way {
  way: 'single' | 'batch';
  /** Answers the seconds. */
  run(): Promise<number>;
}

/** The kinds of writes, each in its two ways on calls of their own; a kind needs what the one before it has written. */
function kinds(single: Client, batched: Client, calls: number, name: string): [string, Way, Way][] {
  const [ones, many] = [series(`${name}-single`, calls), series(`${name}-batch`, calls)];
  const merge = (value: string) => ({
    call: { reference: burki(value) },
    metadata: { follow_up: { by: 'agent', at: value }, ticket: { priority: 'P1' } },
  });
  const upserts = (kind: string, input: (value: string) => unknown, created: boolean): [string, Way, Way] => {
    const check = (all: Upserted[]) => {
      must(all.length === calls, `${calls} calls are answered`);
      must(
        all.every((each) => each.created === created && each.call?.revision === (created ? 1 : 2)),
        `${kind} have created ${created}`,
      );
    };
    return [
      kind,
      timed('single', single, () => ones.map((value) => upsertBody(input(value))), check),
      timed('batch', batched, () => chunked(many.map(input), BATCH).map(upsertsBody), check),
    ];
  };
  const check = (all: Merged[]) =>
    must(all.length === calls && all.every(({ call }) => call?.revision === 3), 'every merge is a revision');
  return [
    upserts('upsertCall(s), new calls', burkiCall, true),
    upserts('upsertCall(s), existing calls', burkiEnd, false),
    [
      'merge of metadata',
      timed(
        'single',
        single,
        () => ones.map(merge).map((each) => mergeBody(each.call, each.metadata)),
        check,
      ),
      timed('batch', batched, () => chunked(many.map(merge), BATCH).map(mergesBody), check),
    ],
  ];
}

function timed<P extends Upserted | Merged>(
  way: Way['way'],
  client: Client,
  bodies: () => string[],
  check: (all: P[]) => void,
): Way {
  const run = async () => {
    const { answers, seconds } = await askAll<Record<string, P | P[]>>(client, bodies());
    check(payloads(answers));
    return seconds;
  };
  return { way, run };
}
