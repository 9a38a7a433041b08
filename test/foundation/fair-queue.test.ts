import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { FairQueue, type Slot } from '../../src/foundation/fair-queue.js';

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['performance', 'setInterval', 'clearInterval'] });
});
afterEach(() => {
  vi.useRealTimers();
});

const MAX_WAIT = 1_000;
/** Milliseconds. */
const LONG = 25;
const named = (who: string) => who.split(' ') as [organization: string, key: string];
const pass = (milliseconds: number) => vi.advanceTimersByTimeAsync(milliseconds);

function enterAll(queue: FairQueue, organization: string, key: string, count: number): Slot[] {
  return Array.from({ length: count }, () => queue.tryEnter(organization, key)).filter(
    (slot) => slot !== null,
  );
}

/** Records the order in which waits get a slot. */
function waitingFor(queue: FairQueue, served: [string, Slot][]) {
  return (organization: string, key: string) => {
    const { slot, cancel } = queue.wait(organization, key);
    const outcome = slot.then((given) => {
      if (given !== null) served.push([`${organization} ${key}`, given]);
      return given !== null;
    });
    return { outcome, cancel };
  };
}

describe('a fair queue', () => {
  it('gives a single key all slots except an eighth, so that others find some free', async () => {
    const queue = new FairQueue({ size: 8, maxWaiting: 10, maxWait: MAX_WAIT });
    expect(enterAll(queue, 'a', '1', 10)).toHaveLength(7);
    expect(enterAll(queue, 'a', '2', 10)).toHaveLength(1);
    const small = new FairQueue({ size: 7, maxWaiting: 10, maxWait: MAX_WAIT });
    expect(enterAll(small, 'a', '1', 10)).toHaveLength(7);
    const other = new FairQueue({ size: 16, maxWaiting: 10, maxWait: MAX_WAIT });
    expect(enterAll(other, 'b', '1', 1)).toHaveLength(1);
    for (const key of ['1', '2', '3']) expect(enterAll(other, 'a', key, 10)).toHaveLength(4);
    expect(enterAll(other, 'b', '1', 10)).toHaveLength(1);
    // The last ones are for keys without a slot.
    expect(enterAll(other, 'b', '1', 10)).toHaveLength(0);
    expect(enterAll(other, 'a', '4', 10)).toHaveLength(1);
  });

  it('limits a key with long turns to an eighth, and to a quarter once they are short', async () => {
    const queue = new FairQueue({ size: 16, maxWaiting: 10, maxWait: MAX_WAIT });
    enterAll(queue, 'b', '1', 1);
    for (const [milliseconds, share] of [
      [200, 2],
      [1, 4],
    ] as const) {
      for (let turns = 0; turns < 20; turns += 1) {
        const [slot] = enterAll(queue, 'a', '1', 1);
        await pass(milliseconds);
        if (slot) queue.leave(slot);
      }
      const held = enterAll(queue, 'a', '1', 20);
      expect(held).toHaveLength(share);
      for (const slot of held) queue.leave(slot);
    }
  });

  it("does not count the gateway's and the organization's own work as competitors", () => {
    const queue = new FairQueue({ size: 7, maxWaiting: 10, maxWait: MAX_WAIT });
    expect(enterAll(queue, '', '', 1)).toHaveLength(1);
    expect(enterAll(queue, 'a', '', 1)).toHaveLength(1);
    expect(enterAll(queue, 'a', '1', 10)).toHaveLength(5);
  });

  it("counts recently active keys, and raises the others' shares when they leave", async () => {
    const queue = new FairQueue({ size: 8, maxWaiting: 10, maxWait: 10_000 });
    const [brief] = enterAll(queue, 'b', '1', 1);
    if (brief) queue.leave(brief);
    expect(enterAll(queue, 'a', '1', 10)).toHaveLength(2);
    const served: [string, Slot][] = [];
    const waiting = waitingFor(queue, served);
    const outcomes = [waiting('a', '1').outcome, waiting('a', '1').outcome];
    await pass(900);
    expect(served).toHaveLength(0);
    await pass(1_200);
    expect(await Promise.all(outcomes)).toEqual([true, true]);
  });

  it('serves a later key before the long queue of another, within and across organizations', async () => {
    const queue = new FairQueue({ size: 2, maxWaiting: 100, maxWait: MAX_WAIT });
    const held = enterAll(queue, 'a', 'greedy', 2);
    const served: [string, Slot][] = [];
    const waiting = waitingFor(queue, served);
    for (let time = 0; time < 20; time += 1) waiting('a', 'greedy');
    waiting('b', 'modest');
    waiting('a', 'modest');
    await pass(10);
    for (const slot of held) queue.leave(slot);
    await pass(0);
    expect(served.map(([who]) => who)).toEqual(['b modest', 'a modest']);
  });

  it('divides slot time between organizations first, regardless of their keys', async () => {
    const queue = new FairQueue({ size: 1, maxWaiting: 1_000, maxWait: 1_000_000 });
    const served: [string, Slot][] = [];
    const waiting = waitingFor(queue, served);
    const costs: Record<string, number> = { 'a 1': 10, 'a 2': 1, 'a 3': 4, 'b 1': 2 };
    const used: Record<string, number> = { 'a 1': 0, 'a 2': 0, 'a 3': 0, 'b 1': 0 };
    for (let time = 0; time < 150; time += 1) for (const who of Object.keys(costs)) waiting(...named(who));
    for (let time = 0; time < 200; time += 1) {
      await pass(0);
      const [who, slot] = served.pop() ?? [];
      if (who === undefined || slot === undefined) throw new Error('no one was served');
      await pass(costs[who] ?? 0);
      used[who] = (used[who] ?? 0) + (costs[who] ?? 0);
      queue.leave(slot);
    }
    const all = Object.values(used).reduce((sum, each) => sum + each, 0);
    expect(used['b 1'] ?? 0).toBeGreaterThan(0.4 * all);
    expect(used['b 1'] ?? 0).toBeLessThan(0.6 * all);
    for (const who of ['a 1', 'a 2', 'a 3']) expect(used[who] ?? 0).toBeGreaterThan(0.12 * all);
  });

  it('serves others first after a turn that cost more than expected', async () => {
    const queue = new FairQueue({ size: 1, maxWaiting: 100, maxWait: 100_000 });
    const [costly] = enterAll(queue, 'a', '1', 1);
    const served: [string, Slot][] = [];
    const waiting = waitingFor(queue, served);
    for (const who of ['a 1', 'a 2', 'b 1']) for (let time = 0; time < 5; time += 1) waiting(...named(who));
    await pass(500);
    if (costly) queue.leave(costly);
    for (let turn = 0; turn < 15; turn += 1) {
      await pass(1);
      const slot = served[turn]?.[1];
      if (slot !== undefined) queue.leave(slot);
    }
    const order = served.map(([who]) => who);
    expect(order.slice(0, 5)).toEqual(new Array(5).fill('b 1'));
    expect(order.slice(5)).toEqual([...new Array(5).fill('a 2'), ...new Array(5).fill('a 1')]);
  });

  it('refuses waits that are too long, and gives cancelled ones no slot', async () => {
    const queue = new FairQueue({ size: 1, maxWaiting: 10, maxWait: MAX_WAIT });
    const [slot] = enterAll(queue, 'a', '1', 1);
    const waiting = waitingFor(queue, []);
    const [late, given, gone] = [waiting('a', '1'), waiting('b', '1'), waiting('b', '1')];
    gone.cancel();
    expect(await gone.outcome).toBe(false);
    await pass(MAX_WAIT + 200);
    expect(await late.outcome).toBe(false);
    expect(await given.outcome).toBe(false);
    expect(queue.waiting).toBe(0);
    if (slot) queue.leave(slot);
    expect(queue.inUse).toBe(0);
  });

  it('when full, replaces the last of the longest queue by a request from a shorter one', async () => {
    const queue = new FairQueue({ size: 1, maxWaiting: 6, maxWait: MAX_WAIT });
    const [slot] = enterAll(queue, 'a', '1', 1);
    const waiting = waitingFor(queue, []);
    const greedy = Array.from({ length: 6 }, () => waiting('a', '1'));
    expect(queue.isFullFor('a', '1')).toBe(true);
    expect(queue.isFullFor('a', '2')).toBe(false);
    expect(queue.isFullFor('b', '1')).toBe(false);
    for (const who of ['b 1', 'a 2', 'b 2', 'b 3']) waiting(...named(who));
    const displaced = await Promise.all(greedy.slice(2).map(({ outcome }) => outcome));
    expect(displaced).toEqual([false, false, false, false]);
    expect(queue.isFullFor('b', '4')).toBe(true);
    expect(await waiting('b', '4').outcome).toBe(false);
    expect(queue.isFullFor('a', '4')).toBe(false);
    expect(queue.waiting).toBe(6);
    if (slot) queue.leave(slot);
  });

  it('forgets inactive keys', async () => {
    const queue = new FairQueue({ size: 2, maxWaiting: 10, maxWait: MAX_WAIT });
    for (let number = 0; number < 50; number += 1) {
      for (const slot of enterAll(queue, `o${number}`, 'k', 1)) queue.leave(slot);
    }
    expect(queue.parties).toEqual({ organizations: 50, keys: 50 });
    await pass(2_100);
    expect(queue.parties).toEqual({ organizations: 0, keys: 0 });
    expect(vi.getTimerCount()).toBe(0);
  });
});

type Step =
  | { does: 'enter'; organization: string; key: string }
  | { does: 'leave' | 'cancel'; which: number }
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
  { weight: 1, arbitrary: fc.record({ does: fc.constant('cancel' as const), which: fc.nat(50) }) },
  { weight: 2, arbitrary: fc.record({ does: fc.constant('pass' as const), milliseconds: fc.nat(400) }) },
);

interface Request {
  who: string;
  organization: string;
  at: number;
  slot: Slot | null;
  settled: number;
  cancelled: boolean;
  /** Whether the queue was full when it came, or since. */
  sawFull: boolean;
  cancel(): void;
}

/** Invariants of a fair queue under any sequence of requests. */
class Model {
  readonly queue: FairQueue;
  readonly #size: number;
  readonly #maxWaiting: number;
  readonly #requests: Request[] = [];
  readonly #long = new Set<string>();
  #failure: unknown;

  constructor(size: number, maxWaiting: number) {
    this.#size = size;
    this.#maxWaiting = maxWaiting;
    this.queue = new FairQueue({ size, maxWaiting, maxWait: MAX_WAIT });
  }

  get holding() {
    return this.#requests.filter(({ slot }) => slot !== null);
  }

  get waiting() {
    return this.#requests.filter(({ settled }) => settled === 0);
  }

  async take(step: Step): Promise<void> {
    if (step.does === 'enter') this.#enter(step.organization, step.key);
    if (step.does === 'leave') this.leave(this.holding[step.which % (this.holding.length || 1)]);
    if (step.does === 'cancel') {
      const request = this.waiting[step.which % (this.waiting.length || 1)];
      if (request !== undefined) request.cancelled = true;
      request?.cancel();
    }
    await pass(step.does === 'pass' ? step.milliseconds : 0);
    this.#check();
  }

  leave(request: Request | undefined): void {
    if (!request?.slot) return;
    if (performance.now() - request.slot.since > LONG) this.#long.add(request.who);
    this.queue.leave(request.slot);
    request.slot = null;
  }

  #enter(organization: string, key: string): void {
    const who = `${organization} ${key}`;
    const isFull = this.queue.waiting >= this.#maxWaiting;
    const wouldRefuse = this.queue.isFullFor(organization, key);
    const request: Request = {
      ...{ who, organization, at: performance.now(), slot: null, settled: 0, cancelled: false },
      sawFull: isFull,
      cancel: () => {},
    };
    if (isFull) for (const each of this.waiting) each.sawFull = true;
    const settle = (slot: Slot | null) => {
      request.settled += 1;
      request.slot = slot;
      if (slot !== null) this.#checkGranted(request);
      else this.#checkRefused(request);
    };
    this.#requests.push(request);
    const slot = this.queue.tryEnter(organization, key);
    if (slot !== null) {
      expect(wouldRefuse).toBe(false);
      settle(slot);
      return;
    }
    const wait = this.queue.wait(organization, key);
    request.cancel = wait.cancel;
    wait.slot.then(settle).catch((error) => {
      this.#failure ??= error;
    });
    expect(this.queue.isFullFor(organization, key) || !wouldRefuse).toBe(true);
  }

  #checkGranted(request: Request): void {
    const before = this.#requests.slice(0, this.#requests.indexOf(request));
    const first = before.find(({ who, settled }) => who === request.who && settled === 0);
    expect(first, 'within a key who came first is first').toBeUndefined();
    const isAlone = [...this.holding, ...this.waiting].every(({ who }) => who === request.who);
    if (isAlone) return;
    const own = this.holding.filter(({ who }) => who === request.who).length;
    expect(own, 'a key has its share beside others').toBeLessThanOrEqual(
      Math.max(1, Math.floor(this.#size / 4)),
    );
  }

  #checkRefused({ cancelled, sawFull, at }: Request): void {
    const isLate = performance.now() - at >= MAX_WAIT;
    expect(cancelled || sawFull || isLate, 'a refusal has a reason').toBe(true);
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
          : own >= atLeast(this.#size / (this.#long.has(who) ? 8 : 4)) ||
            all >= atLeast((this.#size * 3) / 4) ||
            this.holding.length >= this.#size - Math.floor(this.#size / 8);
      expect(isAtShare, `${who} waits though a slot is free`).toBe(true);
    }
  }

  async end(): Promise<void> {
    for (let rounds = 0; this.holding.length + this.waiting.length > 0; rounds += 1) {
      expect(rounds).toBeLessThan(200);
      for (const request of this.holding) this.leave(request);
      await pass(0);
      this.#check();
    }
    expect(this.#requests.map(({ settled }) => settled)).toEqual(this.#requests.map(() => 1));
  }
}

it('keeps its invariants under any sequence of requests', async () => {
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
