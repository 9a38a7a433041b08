import { isDeepStrictEqual } from 'node:util';
import { askOnce } from './ask.js';
import { type Contender, takes } from './contenders.js';
import { normalForm } from './normal-form.js';
import type { Pools } from './pools.js';
import { seeded } from './random.js';
import { putBack, type Store, snapshotOf, storedOf } from './stored.js';
import type { Kind } from './workloads.js';

const SAMPLES = 5;

/** Makes sure that all contenders answer the same and write the same; `pools` has the ids that are stored. @throws with the first difference */
export async function checkSameData(
  contenders: readonly Contender[],
  kinds: readonly Kind[],
  store: Store,
  pools: Pools,
): Promise<void> {
  for (const kind of kinds) {
    for (let sample = 0; sample < SAMPLES; sample += 1) {
      const found: [string, unknown][] = [];
      for (const contender of contenders.filter((each) => takes(each, kind))) {
        const outcome = kind.writes
          ? await write(contender, kind, sample, store, pools)
          : normalForm(await ask(contender, kind, sample), Number.POSITIVE_INFINITY);
        found.push([contender.name, outcome]);
      }
      compare(kind.name, found);
    }
  }
}

async function ask(contender: Contender, kind: Kind, sample: number) {
  const { data } = await askOnce(contender, kind, variablesOf(contender.pools, kind, sample));
  return contender.inShape?.(data) ?? data;
}

const variablesOf = (pools: Pools, kind: Kind, sample: number) =>
  kind.variables(pools, seeded(sample), `check-${sample}`);

/** The answer, and what is in the database then; it is put back behind it. */
async function write(contender: Contender, kind: Kind, sample: number, store: Store, pools: Pools) {
  const snapshot = await snapshotOf(store, targetOf(variablesOf(pools, kind, sample)));
  const since = new Date();
  try {
    const data = await ask(contender, kind, sample);
    const stored = await storedOf(store, snapshot, since);
    return normalForm({ data, stored }, since.getTime());
  } finally {
    await putBack(store, snapshot, since);
  }
}

interface Target {
  call?: { id: string };
  voiceCall?: { id: string };
  input?: { target?: { call?: { id: string }; sessionId?: string } };
}

function targetOf({ call, voiceCall, input }: Target): { id?: string; session?: string } {
  return { id: (call ?? voiceCall ?? input?.target?.call)?.id, session: input?.target?.sessionId };
}

function compare(what: string, found: readonly [string, unknown][]): void {
  const [[first, expected] = ['', null], ...others] = found;
  for (const [name, outcome] of others) {
    if (isDeepStrictEqual(outcome, expected)) continue;
    const difference = firstDifference(expected, outcome, '');
    throw new Error(`${what}: ${first} and ${name} do not come to the same: ${difference}`);
  }
}

function firstDifference(one: unknown, other: unknown, path: string): string | null {
  if (isDeepStrictEqual(one, other)) return null;
  if (isObject(one) && isObject(other)) {
    for (const key of new Set([...Object.keys(one), ...Object.keys(other)])) {
      const difference = firstDifference(one[key], other[key], `${path}.${key}`);
      if (difference !== null) return difference;
    }
  }
  return `${path}: ${JSON.stringify(one)} and ${JSON.stringify(other)}`;
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null;
