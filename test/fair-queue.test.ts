import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { FairQueue, type Place } from '../src/fair-queue.js';

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['performance', 'setInterval', 'clearInterval'] });
});
afterEach(() => {
  vi.useRealTimers();
});

const PATIENCE = 1_000;
/** Milliseconds of a turn that is long. */
const LONG = 25;
const named = (who: string) => who.split(' ') as [organization: string, key: string];
const pass = (milliseconds: number) => vi.advanceTimersByTimeAsync(milliseconds);

function enterAll(queue: FairQueue, organization: string, key: string, count: number): Place[] {
  return Array.from({ length: count }, () => queue.tryEnter(organization, key)).filter(
    (place) => place !== null,
  );
}

/** Notes whose waits end with a place, in their order. */
function waitingFor(queue: FairQueue, served: [string, Place][]) {
  return (organization: string, key: string) => {
    const { place, giveUp } = queue.wait(organization, key);
    const outcome = place.then((given) => {
      if (given !== null) served.push([`${organization} ${key}`, given]);
      return given !== null;
    });
    return { outcome, giveUp };
  };
}

describe('a fair queue', () => {
  it('gives a key that is alone all places but an eighth, and others find some free when it is not', async () => {
    const queue = new FairQueue({ size: 8, maxWaiting: 10, patience: PATIENCE });
    expect(enterAll(queue, 'a', '1', 10)).toHaveLength(7);
    expect(enterAll(queue, 'a', '2', 10)).toHaveLength(1);
    const small = new FairQueue({ size: 7, maxWaiting: 10, patience: PATIENCE });
    expect(enterAll(small, 'a', '1', 10)).toHaveLength(7);
    const other = new FairQueue({ size: 8, maxWaiting: 10, patience: PATIENCE });
    expect(enterAll(other, 'b', '1', 1)).toHaveLength(1);
    expect(enterAll(other, 'a', '1', 10)).toHaveLength(4);
    expect(enterAll(other, 'a', '2', 10)).toHaveLength(2);
    // The last one is for who holds none.
    expect(enterAll(other, 'b', '1', 10)).toHaveLength(0);
    expect(enterAll(other, 'a', '3', 10)).toHaveLength(1);
  });

  it('leaves a key whose turns take long an eighth, and half again when they do not', async () => {
    const queue = new FairQueue({ size: 16, maxWaiting: 10, patience: PATIENCE });
    enterAll(queue, 'b', '1', 1);
    for (const [milliseconds, share] of [
      [200, 2],
      [1, 8],
    ] as const) {
      for (let turns = 0; turns < 20; turns += 1) {
        const [place] = enterAll(queue, 'a', '1', 1);
        await pass(milliseconds);
        if (place) queue.leave(place);
      }
      const held = enterAll(queue, 'a', '1', 20);
      expect(held).toHaveLength(share);
      for (const place of held) queue.leave(place);
    }
  });

  it('lets who is alone have all beside what the gateway and the organization do themselves', () => {
    const queue = new FairQueue({ size: 7, maxWaiting: 10, patience: PATIENCE });
    expect(enterAll(queue, '', '', 1)).toHaveLength(1);
    expect(enterAll(queue, 'a', '', 1)).toHaveLength(1);
    expect(enterAll(queue, 'a', '1', 10)).toHaveLength(5);
  });

  it('counts who was about lately, and lets those who stay have all again when they are gone', async () => {
    const queue = new FairQueue({ size: 4, maxWaiting: 10, patience: 10_000 });
    const [brief] = enterAll(queue, 'b', '1', 1);
    if (brief) queue.leave(brief);
    expect(enterAll(queue, 'a', '1', 10)).toHaveLength(2);
    const served: [string, Place][] = [];
    const waiting = waitingFor(queue, served);
    const outcomes = [waiting('a', '1').outcome, waiting('a', '1').outcome];
    await pass(900);
    expect(served).toHaveLength(0);
    await pass(1_200);
    expect(await Promise.all(outcomes)).toEqual([true, true]);
  });

  it('serves who comes later before the long line of another key, in its organization and in others', async () => {
    const queue = new FairQueue({ size: 2, maxWaiting: 100, patience: PATIENCE });
    const held = enterAll(queue, 'a', 'greedy', 2);
    const served: [string, Place][] = [];
    const waiting = waitingFor(queue, served);
    for (let time = 0; time < 20; time += 1) waiting('a', 'greedy');
    waiting('b', 'modest');
    waiting('a', 'modest');
    await pass(10);
    for (const place of held) queue.leave(place);
    await pass(0);
    expect(served.map(([who]) => who)).toEqual(['b modest', 'a modest']);
  });

  it('divides the time between organizations first, however many keys they have, and by what turns cost', async () => {
    const queue = new FairQueue({ size: 1, maxWaiting: 1_000, patience: 1_000_000 });
    const served: [string, Place][] = [];
    const waiting = waitingFor(queue, served);
    const costs: Record<string, number> = { 'a 1': 10, 'a 2': 1, 'a 3': 4, 'b 1': 2 };
    const used: Record<string, number> = { 'a 1': 0, 'a 2': 0, 'a 3': 0, 'b 1': 0 };
    for (let time = 0; time < 150; time += 1) for (const who of Object.keys(costs)) waiting(...named(who));
    for (let time = 0; time < 200; time += 1) {
      await pass(0);
      const [who, place] = served.pop() ?? [];
      if (who === undefined || place === undefined) throw new Error('nobody was served');
      await pass(costs[who] ?? 0);
      used[who] = (used[who] ?? 0) + (costs[who] ?? 0);
      queue.leave(place);
    }
    const all = Object.values(used).reduce((sum, each) => sum + each, 0);
    expect(used['b 1'] ?? 0).toBeGreaterThan(0.4 * all);
    expect(used['b 1'] ?? 0).toBeLessThan(0.6 * all);
    for (const who of ['a 1', 'a 2', 'a 3']) expect(used[who] ?? 0).toBeGreaterThan(0.12 * all);
  });

  it('lets others come first when a turn has cost more than was to be expected', async () => {
    const queue = new FairQueue({ size: 1, maxWaiting: 100, patience: 100_000 });
    const [costly] = enterAll(queue, 'a', '1', 1);
    const served: [string, Place][] = [];
    const waiting = waitingFor(queue, served);
    for (const who of ['a 1', 'a 2', 'b 1']) for (let time = 0; time < 5; time += 1) waiting(...named(who));
    await pass(500);
    if (costly) queue.leave(costly);
    for (let turn = 0; turn < 15; turn += 1) {
      await pass(1);
      const place = served[turn]?.[1];
      if (place !== undefined) queue.leave(place);
    }
    const order = served.map(([who]) => who);
    expect(order.slice(0, 5)).toEqual(new Array(5).fill('b 1'));
    expect(order.slice(5)).toEqual([...new Array(5).fill('a 2'), ...new Array(5).fill('a 1')]);
  });

  it('refuses who waits too long, and who gives up gets no place', async () => {
    const queue = new FairQueue({ size: 1, maxWaiting: 10, patience: PATIENCE });
    const [place] = enterAll(queue, 'a', '1', 1);
    const waiting = waitingFor(queue, []);
    const [late, given, gone] = [waiting('a', '1'), waiting('b', '1'), waiting('b', '1')];
    gone.giveUp();
    expect(await gone.outcome).toBe(false);
    await pass(PATIENCE + 200);
    expect(await late.outcome).toBe(false);
    expect(await given.outcome).toBe(false);
    expect(queue.waiting).toBe(0);
    if (place) queue.leave(place);
    expect(queue.inUse).toBe(0);
  });

  it('when it is full lets those in whose line is shorter, in the place of the last of the longest', async () => {
    const queue = new FairQueue({ size: 1, maxWaiting: 6, patience: PATIENCE });
    const [place] = enterAll(queue, 'a', '1', 1);
    const waiting = waitingFor(queue, []);
    const greedy = Array.from({ length: 6 }, () => waiting('a', '1'));
    expect(queue.isFullFor('a', '1')).toBe(true);
    expect(queue.isFullFor('a', '2')).toBe(false);
    expect(queue.isFullFor('b', '1')).toBe(false);
    for (const who of ['b 1', 'a 2', 'b 2', 'b 3']) waiting(...named(who));
    const displaced = await Promise.all(greedy.slice(2).map(({ outcome }) => outcome));
    expect(displaced).toEqual([false, false, false, false]);
    // Three and three are as fair as can be, and each of b has one.
    expect(queue.isFullFor('b', '4')).toBe(true);
    expect(await waiting('b', '4').outcome).toBe(false);
    expect(queue.isFullFor('a', '4')).toBe(false);
    expect(queue.waiting).toBe(6);
    if (place) queue.leave(place);
  });

  it('keeps nothing of those who are gone', async () => {
    const queue = new FairQueue({ size: 2, maxWaiting: 10, patience: PATIENCE });
    for (let number = 0; number < 50; number += 1) {
      for (const place of enterAll(queue, `o${number}`, 'k', 1)) queue.leave(place);
    }
    expect(queue.parties).toEqual({ organizations: 50, keys: 50 });
    await pass(2_100);
    expect(queue.parties).toEqual({ organizations: 0, keys: 0 });
    expect(vi.getTimerCount()).toBe(0);
  });
});

type Step =
  | { does: 'enter'; organization: string; key: string }
  | { does: 'leave' | 'giveUp'; which: number }
  | { does: 'pass'; milliseconds: number };

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      does: fc.constant('enter' as const),
      organization: fc.constantFrom('a', 'a', 'a', 'b', 'c'),
      key: fc.constantFrom('1', '1', '1', '2'),
    }),
  },
  { weight: 3, arbitrary: fc.record({ does: fc.constant('leave' as const), which: fc.nat(50) }) },
  { weight: 1, arbitrary: fc.record({ does: fc.constant('giveUp' as const), which: fc.nat(50) }) },
  { weight: 2, arbitrary: fc.record({ does: fc.constant('pass' as const), milliseconds: fc.nat(400) }) },
);

interface Asked {
  who: string;
  organization: string;
  at: number;
  place: Place | null;
  settled: number;
  gaveUp: boolean;
  /** Whether the queue was full when it came, or since. */
  sawFull: boolean;
  giveUp(): void;
}

/** What is true of any fair queue, whatever comes in which order. */
class Model {
  readonly queue: FairQueue;
  readonly #size: number;
  readonly #maxWaiting: number;
  readonly #asked: Asked[] = [];
  /** The keys that have had a long turn. */
  readonly #long = new Set<string>();
  #failure: unknown;

  constructor(size: number, maxWaiting: number) {
    this.#size = size;
    this.#maxWaiting = maxWaiting;
    this.queue = new FairQueue({ size, maxWaiting, patience: PATIENCE });
  }

  get holding() {
    return this.#asked.filter(({ place }) => place !== null);
  }

  get waiting() {
    return this.#asked.filter(({ settled }) => settled === 0);
  }

  async take(step: Step): Promise<void> {
    if (step.does === 'enter') this.#enter(step.organization, step.key);
    if (step.does === 'leave') this.leave(this.holding[step.which % (this.holding.length || 1)]);
    if (step.does === 'giveUp') {
      const asked = this.waiting[step.which % (this.waiting.length || 1)];
      if (asked !== undefined) asked.gaveUp = true;
      asked?.giveUp();
    }
    await pass(step.does === 'pass' ? step.milliseconds : 0);
    this.#check();
  }

  leave(asked: Asked | undefined): void {
    if (!asked?.place) return;
    if (performance.now() - asked.place.since > LONG) this.#long.add(asked.who);
    this.queue.leave(asked.place);
    asked.place = null;
  }

  #enter(organization: string, key: string): void {
    const who = `${organization} ${key}`;
    const isFull = this.queue.waiting >= this.#maxWaiting;
    const wouldRefuse = this.queue.isFullFor(organization, key);
    const asked: Asked = {
      ...{ who, organization, at: performance.now(), place: null, settled: 0, gaveUp: false },
      sawFull: isFull,
      giveUp: () => {},
    };
    if (isFull) for (const each of this.waiting) each.sawFull = true;
    const settle = (place: Place | null) => {
      asked.settled += 1;
      asked.place = place;
      if (place !== null) this.#checkGiven(asked);
      else this.#checkRefused(asked);
    };
    this.#asked.push(asked);
    const place = this.queue.tryEnter(organization, key);
    if (place !== null) {
      expect(wouldRefuse).toBe(false);
      settle(place);
      return;
    }
    const wait = this.queue.wait(organization, key);
    asked.giveUp = wait.giveUp;
    wait.place.then(settle).catch((error) => {
      this.#failure ??= error;
    });
    expect(this.queue.isFullFor(organization, key) || !wouldRefuse).toBe(true);
  }

  #checkGiven(asked: Asked): void {
    const before = this.#asked.slice(0, this.#asked.indexOf(asked));
    const first = before.find(({ who, settled }) => who === asked.who && settled === 0);
    expect(first, 'within a key who came first is first').toBeUndefined();
    const isAlone = [...this.holding, ...this.waiting].every(({ who }) => who === asked.who);
    if (isAlone) return;
    const own = this.holding.filter(({ who }) => who === asked.who).length;
    expect(own, 'a key has its share beside others').toBeLessThanOrEqual(Math.max(1, this.#size / 2));
  }

  #checkRefused({ gaveUp, sawFull, at }: Asked): void {
    const isLate = performance.now() - at >= PATIENCE;
    expect(gaveUp || sawFull || isLate, 'a refusal has a reason').toBe(true);
  }

  #check(): void {
    if (this.#failure !== undefined) throw this.#failure;
    expect(this.queue.inUse).toBe(this.holding.length);
    expect(this.queue.waiting).toBe(this.waiting.length);
    expect(this.queue.inUse).toBeLessThanOrEqual(this.#size);
    expect(this.queue.waiting).toBeLessThanOrEqual(this.#maxWaiting);
    if (this.queue.inUse === this.#size) return;
    for (const { who, organization } of this.waiting) {
      const own = this.holding.filter((each) => each.who === who).length;
      const all = this.holding.filter((each) => each.organization === organization).length;
      const atLeast = (count: number) => Math.max(1, Math.floor(count));
      const isAtShare =
        own === 0
          ? all >= atLeast(this.#size - 1)
          : own >= atLeast(this.#size / (this.#long.has(who) ? 8 : 2)) ||
            all >= atLeast((this.#size * 3) / 4) ||
            this.holding.length >= this.#size - Math.floor(this.#size / 8);
      expect(isAtShare, `${who} waits though a place is free`).toBe(true);
    }
  }

  /** All who hold places leave until nobody is left. */
  async end(): Promise<void> {
    for (let rounds = 0; this.holding.length + this.waiting.length > 0; rounds += 1) {
      expect(rounds).toBeLessThan(200);
      for (const asked of this.holding) this.leave(asked);
      await pass(0);
      this.#check();
    }
    expect(this.#asked.map(({ settled }) => settled)).toEqual(this.#asked.map(() => 1));
  }
}

it('keeps its promises whatever comes in which order', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 9 }),
      fc.integer({ min: 0, max: 12 }),
      fc.array(step, { minLength: 20, maxLength: 150, size: 'max' }),
      async (size, maxWaiting, steps) => {
        const model = new Model(size, maxWaiting);
        for (const each of steps) await model.take(each);
        await model.end();
      },
    ),
    { numRuns: 150 },
  );
});
