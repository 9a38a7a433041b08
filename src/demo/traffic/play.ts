import { setTimeout as sleep } from 'node:timers/promises';
import { planCalls, storiesOfDay, storyOf } from './plan.js';
import { Random } from './random.js';
import type { Step, Story, StoryCall } from './story.js';
import type { Write } from './write.js';
import type { TrafficWriter } from './writer.js';

export interface Played {
  calls: number;
}

interface Telling {
  steps: readonly Step[];
  next: number;
  calls: readonly StoryCall[];
}

const tellingOf = ({ steps, calls }: Story): Telling => ({ steps, next: 0, calls });

/** Stories that are told side by side, so that many writes are one request. */
const SIDE_BY_SIDE = 250;

/** Writes a day that is over, as fast as it can. Broken off, it goes on where it is run again. */
export async function playDay(
  day: { seed: number; day: string; calls: number },
  writer: TrafficWriter,
  played: Played,
  signal: AbortSignal,
): Promise<void> {
  let tellings: Telling[] = [];
  for (const story of storiesOfDay(day)) {
    tellings.push(tellingOf(story));
    if (tellings.length < SIDE_BY_SIDE) continue;
    if (!(await tellAll(tellings, writer, played, signal))) return;
    tellings = [];
  }
  await tellAll(tellings, writer, played, signal);
}

/** False if it was broken off. */
async function tellAll(
  tellings: readonly Telling[],
  writer: TrafficWriter,
  played: Played,
  signal: AbortSignal,
): Promise<boolean> {
  for (let left = [...tellings]; left.length > 0; left = left.filter(hasMore)) {
    if (signal.aborted) return false;
    await tellNext(left, writer, signal);
  }
  for (const { calls } of tellings) played.calls += calls.length;
  return true;
}

const hasMore = ({ steps, next }: Telling): boolean => next < steps.length;

/** The next step of each, as far as it comes before the signal. */
async function tellNext(
  tellings: readonly Telling[],
  writer: TrafficWriter,
  signal: AbortSignal,
): Promise<void> {
  const next = new Map<Write, Telling>();
  for (const telling of tellings) {
    const step = telling.steps[telling.next];
    if (step !== undefined) next.set(step.write, telling);
  }
  for (const write of await writer.wave([...next.keys()], signal)) {
    const telling = next.get(write);
    if (telling !== undefined) telling.next += 1;
  }
}

export interface LiveOptions {
  seed: number;
  /** The begin, which the references depend on. */
  day: string;
  /** Null: until the signal. */
  calls: number | null;
  /** Writes in a second, on average. */
  perSecond: number;
  /** How many times faster than real calls its calls go. */
  speed: number;
}

/** Milliseconds. */
const TICK = 50;
/** Stories whose turn has come; with more, no new ones begin. */
const MOST_BEHIND = 1_000;
const SAMPLE = 200;
/** Of which many are under way already when it begins: those of so many seconds before, and at most so many. */
const WARM_UP = { seconds: 180, stories: 250 };

/** Writes calls as they happen, until the signal; then it ends those that are under way. */
export async function playLive(
  { seed, day, calls, perSecond, speed }: LiveOptions,
  writer: TrafficWriter,
  played: Played,
  signal: AbortSignal,
): Promise<void> {
  const plan = calls === null ? null : planCalls(seed, calls);
  const most = plan?.stories ?? Number.POSITIVE_INFINITY;
  const storiesPerTick = (perSecond / stepsOfStory(seed)) * (TICK / 1_000);
  const arrivals = new Random('arrivals', seed);
  const waiting = new Map<number, Telling[]>();
  const tickOf = ({ steps, next }: Telling) => Math.ceil((steps[next]?.at ?? 0) / TICK);
  const wait = (telling: Telling, tick: number) => {
    const at = Math.max(tickOf(telling), tick);
    const others = waiting.get(at);
    if (others === undefined) waiting.set(at, [telling]);
    else others.push(telling);
  };
  const warmUp = Math.min((WARM_UP.seconds * 1_000) / speed / TICK, WARM_UP.stories / storiesPerTick);
  let tick = Math.floor(Date.now() / TICK - warmUp);
  let arrival = tick;
  let index = 0;
  let behind: Telling[] = [];
  while (!signal.aborted && (index < most || waiting.size > 0 || behind.length > 0)) {
    const now = Math.floor(Date.now() / TICK);
    for (; tick <= now; tick += 1) {
      for (; arrival <= tick && index < most; arrival -= Math.log(1 - arrivals.unit()) / storiesPerTick) {
        if (behind.length >= MOST_BEHIND) continue;
        const begin = new Date(tick * TICK);
        const story = storyOf({ seed, day, index, begin, speed }, plan?.kindOf(index));
        wait(tellingOf(story), tick);
        played.calls += story.calls.length;
        index += 1;
      }
      behind.push(...(waiting.get(tick) ?? []));
      waiting.delete(tick);
    }
    await tellNext(behind, writer, signal);
    for (const telling of behind) if (hasMore(telling)) wait(telling, tick);
    behind = [];
    await sleep(TICK, undefined, { signal }).catch(() => {});
  }
  await endCalls([...waiting.values()].flat(), writer);
}

/** The average, of which the rate is made. */
function stepsOfStory(seed: number): number {
  let steps = 0;
  for (let index = 0; index < SAMPLE; index += 1) {
    steps += storyOf({ seed, day: '', index, begin: new Date(0), speed: 1 }).steps.length;
  }
  return steps / SAMPLE;
}

/** Otherwise they would be shown as under way for ever. */
async function endCalls(tellings: readonly Telling[], writer: TrafficWriter): Promise<void> {
  const endedAt = new Date();
  const open = tellings.flatMap(({ steps, next, calls }) => {
    const [last, coming] = [steps[next - 1]?.at ?? 0, steps[next]?.at ?? 0];
    return calls.filter(({ from, to }) => from <= last && coming <= to);
  });
  await writer.wave(
    open.map(({ reference }) => ({
      kind: 'upsert',
      by: 'CRM',
      input: { references: [reference], status: 'COMPLETED', endedAt },
    })),
  );
}
