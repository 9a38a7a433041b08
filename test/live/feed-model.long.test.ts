import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import type { Frame, Subscriber, SubscriptionHandle } from '../../src/live/subscription-handle.js';
import { answerOf, FakeLog, subscriptionOf, UNREADABLE } from './fake-log.js';
import { type Random, randomOf } from './random.js';

const away = () => Object.assign(new Error('connection refused'), { code: 'ECONNREFUSED' });

/** A subscriber that takes this many frames at once, and then is full for a while. */
class Reader implements Subscriber {
  readonly got: string[] = [];
  readonly failures: unknown[] = [];
  readonly #room: () => number;
  #left = 0;
  #drain: Promise<unknown> | undefined;

  constructor(room: () => number = () => Number.POSITIVE_INFINITY) {
    this.#room = room;
    this.#left = room();
  }

  send(frames: readonly Frame[]): number {
    const taken = frames.slice(0, this.#left);
    this.#left -= taken.length;
    this.got.push(...taken.map(({ payload }) => payload.toString()));
    return taken.length;
  }

  complete(): void {}

  async drained(): Promise<void> {
    if (this.#left > 0) return;
    this.#drain ??= sleep(3).then(() => {
      this.#left = this.#room();
      this.#drain = undefined;
    });
    await this.#drain;
  }

  fail(error: unknown): void {
    this.failures.push(error);
  }
}

function openLog(fault?: () => Promise<void>): FakeLog {
  const log = new FakeLog(fault);
  onTestFinished(() => log.tail.stop());
  return log;
}

const positionsOf = (log: FakeLog) => log.positions.map(({ seq }) => seq);
const until = (holds: () => void) => vi.waitFor(holds, { timeout: 60_000, interval: 20 });
const follow = async (log: FakeLog, subscription: SubscriptionHandle, reader = new Reader()) => {
  const before = log.tail.counts.admitted;
  log.subscribe(subscription, reader);
  await until(() => expect(log.tail.counts.admitted).toBe(before + 1));
  return reader;
};

describe('an audience', () => {
  it.each<[string, Partial<SubscriptionHandle>]>([
    ['cannot be answered', { answer: () => Promise.reject(new Error('no answer')) }],
    [
      'cannot be written out',
      {
        answer: async (_batch, changes) =>
          changes.map(() => () => {
            throw new RangeError('Invalid string length');
          }),
      },
    ],
    [
      'cannot be judged',
      {
        get filter(): never {
          throw new TypeError('no filter');
        },
      },
    ],
  ])('that %s is ended alone', async (_, broken) => {
    const log = openLog();
    const bad = subscriptionOf('bad');
    const [ended, kept] = [await follow(log, bad), await follow(log, subscriptionOf('good'))];
    Object.defineProperties(bad, Object.getOwnPropertyDescriptors(broken));
    log.write(10);
    await until(() => expect(kept.got).toEqual(positionsOf(log)));
    await until(() => expect(ended.failures).toHaveLength(1));
    expect({ got: ended.got, kept: kept.failures }).toEqual({ got: [], kept: [] });
    log.write(10);
    await until(() => expect(kept.got).toEqual(positionsOf(log)));
  });

  it('that cannot receive one change has received everything before it', async () => {
    const log = openLog();
    const ended = await follow(
      log,
      subscriptionOf('bad', {
        answer: async (_batch, changes) =>
          changes.map(({ seq }) => () => {
            if (seq === '7') throw new Error('too large');
            return Buffer.from(seq);
          }),
      }),
    );
    log.write(20);
    await until(() => expect(ended.failures).toHaveLength(1));
    expect(ended.got).toEqual(positionsOf(log).slice(0, 7));
  });

  it('that waits for its answer delays no other, and catches up afterwards', async () => {
    const log = openLog();
    let answer = () => {};
    const answered = new Promise<void>((resolve) => {
      answer = resolve;
    });
    const slow = await follow(
      log,
      subscriptionOf('slow', { answer: (...args) => answered.then(() => answerOf(...args)) }),
    );
    const other = await follow(log, subscriptionOf('other'));
    for (let round = 0; round < 5; round += 1) {
      log.write(300);
      await until(() => expect(other.got).toEqual(positionsOf(log)));
    }
    expect(slow.got).toEqual([]);
    answer();
    await until(() => expect(slow.got).toEqual(positionsOf(log)));
    log.write(10);
    for (const reader of [slow, other]) await until(() => expect(reader.got).toEqual(positionsOf(log)));
  });

  it('whose database is away receives everything once it is back, and others meanwhile', async () => {
    const log = openLog();
    let isAway = true;
    const cut = await follow(
      log,
      subscriptionOf('cut', { answer: (...args) => (isAway ? Promise.reject(away()) : answerOf(...args)) }),
    );
    const other = await follow(log, subscriptionOf('other'));
    for (let round = 0; round < 3; round += 1) {
      log.write(50);
      await until(() => expect(other.got).toEqual(positionsOf(log)));
    }
    isAway = false;
    await until(() => expect(cut.got).toEqual(positionsOf(log)));
    expect([...cut.failures, ...other.failures]).toEqual([]);
  });

  it('whose statements take too long again and again is ended', async () => {
    const log = openLog();
    const canceled = Object.assign(new Error('canceling statement due to statement timeout'), {
      code: '57014',
    });
    const ended = await follow(log, subscriptionOf('long', { answer: () => Promise.reject(canceled) }));
    const other = await follow(log, subscriptionOf('other'));
    log.write(1);
    await until(() => expect(ended.failures).toEqual([canceled]));
    expect(other.got).toEqual(positionsOf(log));
  });
});

it('a subscriber with a full buffer leaves the others, and receives the rest at its own pace', async () => {
  const log = openLog();
  const slow = new Reader(() => 9);
  const [same, other] = [subscriptionOf('same'), subscriptionOf('same')];
  await follow(log, same, slow);
  const fast = await follow(log, other);
  log.write(500);
  await until(() => expect(fast.got).toEqual(positionsOf(log)));
  expect(slow.got.length).toBeLessThan(500);
  await until(() => expect(slow.got).toEqual(positionsOf(log)));
});

it('one organization whose log cannot be read blocks no other', async () => {
  const log = openLog();
  const reader = await follow(log, subscriptionOf('good'));
  const feed = log.tail.open(UNREADABLE, { label: '0', seq: '0' });
  feed.admit(
    subscriptionOf('bad', { organization: UNREADABLE }),
    { keyId: 'other', receive: () => {}, fail: () => {} },
    { label: '0', seq: '0' },
  );
  log.write(3);
  await until(() => expect(reader.got).toEqual(positionsOf(log)));
  expect(log.failures.map(String)).toContain('Error: unreadable');
});

interface Follower {
  reader: Reader;
  brokenAt: number | null;
  from: number | null;
  leftAt: number | null;
}

/** Subscribers of all kinds come, fall behind and go, while the log grows and the database fails. */
async function run(random: Random): Promise<{ log: FakeLog; followers: Follower[] }> {
  let isBad = true;
  const fault = async () => {
    if (random.below(4) === 0) await sleep(random.below(3));
    if (isBad && random.below(12) === 0) throw away();
  };
  const log = openLog(fault);
  const followers: Follower[] = [];
  const subscribe = () => {
    const brokenAt = random.below(5) === 0 ? log.positions.length + random.below(300) : null;
    const answer: SubscriptionHandle['answer'] = async (batch, changes) => {
      await fault();
      if (random.below(30) === 0) await sleep(random.below(60));
      return (await answerOf(batch, changes)).map((each, index) => () => {
        if (changes[index]?.seq === String(brokenAt)) throw new Error(`broken at ${brokenAt}`);
        return each();
      });
    };
    const from = random.below(2) === 0 ? null : random.below(log.positions.length + 1);
    const after = from === null ? null : (log.positions[from - 1] ?? { label: '0', seq: '0' });
    const key = brokenAt === null ? `k${random.below(4)}` : `broken ${brokenAt}`;
    const room = random.below(3) === 0 ? () => 1 + random.below(20) : undefined;
    const follower: Follower = { reader: new Reader(room), brokenAt, from, leftAt: null };
    followers.push(follower);
    const leave = log.subscribe(
      subscriptionOf(key, { after, answer, cost: 1 + random.below(300) }),
      follower.reader,
    );
    follower.reader.fail = (error) => {
      follower.reader.failures.push(error);
      leave();
    };
    if (random.below(4) === 0) {
      setTimeout(() => {
        leave();
        follower.leftAt = follower.reader.got.length;
      }, random.below(400));
    }
  };
  for (let step = 0; step < 150; step += 1) {
    if (random.below(3) === 0) subscribe();
    log.write(random.of([0, 1, 1, 2, 5, 40]));
    if (random.below(3) === 0) await sleep(random.below(12));
  }
  isBad = false;
  log.write(1);
  return { log, followers };
}

it('every subscriber receives every change once, in order, whatever happens to the others', async () => {
  const seed = Date.now() % 1_000_000_007;
  const random = randomOf(seed);
  for (let round = 0; round < 3; round += 1) {
    const { log, followers } = await run(random);
    const positions = positionsOf(log);
    const faults = () =>
      followers.flatMap(({ reader: { got, failures }, brokenAt, from, leftAt }) => {
        const first = Number(got[0] ?? from ?? positions.length);
        const isInOrder = got.every((seq, index) => seq === String(first + index));
        const isFromThere = from === null || first === from;
        const isBroken = failures.length === 1 && brokenAt !== null;
        // One that began without a cursor and received nothing may have begun anywhere.
        const isUnknown = got.length === 0 && from === null;
        const isDue = brokenAt !== null && brokenAt >= first && brokenAt < positions.length;
        const isWhole = isUnknown || first + got.length === (isDue ? brokenAt : positions.length);
        const isKept = isUnknown || isBroken === isDue;
        const isRight = leftAt === null ? isWhole && isKept : leftAt === got.length;
        return isInOrder && isFromThere && isRight && failures.length === Number(isBroken)
          ? []
          : [{ first, got: got.length, failures: failures.map(String), brokenAt, from, leftAt }];
      });
    await until(() => expect(faults(), `seed ${seed}`).toEqual([]));
    expect(followers.some(({ reader }) => reader.failures.length > 0)).toBe(true);
    expect(followers.some(({ reader }) => reader.got.length > 100)).toBe(true);
  }
});
