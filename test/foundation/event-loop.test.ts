import { describe, expect, it, vi } from 'vitest';
import { EventLoop } from '../../src/foundation/event-loop.js';
import { afterThisTurn } from '../../src/foundation/turn.js';

const turn = () => new Promise<void>((resolve) => void setImmediate(() => afterThisTurn(resolve)));

let time = 0;
const newLoop = () => new EventLoop(() => time);

/** Occupies the event loop for so many milliseconds of its clock. */
function work(milliseconds: number): void {
  time += milliseconds;
}

/** Makes a key heavy. */
async function useMuch(loop: EventLoop, key: string, milliseconds = 100): Promise<void> {
  await loop.pause(key);
  work(milliseconds);
  await new Promise(setImmediate);
}

/** A loop with a light key and a heavy one. */
async function shared(): Promise<EventLoop> {
  const loop = newLoop();
  await loop.pause('light');
  await loop.pause('heavy');
  await useMuch(loop, 'heavy');
  return loop;
}

describe('the event loop', () => {
  it('never delays a single key', async () => {
    const loop = newLoop();
    await useMuch(loop, 'alone');
    expect(loop.pause('alone')).toBeUndefined();
    const value = Promise.resolve(1);
    expect(loop.after('alone', value)).toBe(value);
  });

  it('delays only a heavy key', async () => {
    const loop = await shared();
    const value = Promise.resolve(1);
    expect(loop.pause('light')).toBeUndefined();
    expect(loop.pause('heavy')).toBeInstanceOf(Promise);
    expect(await loop.after('heavy', value)).toBe(1);
  });

  it('delays a key that became heavy before its value arrived', async () => {
    const loop = newLoop();
    for (const key of ['light', 'heavy']) await loop.pause(key);
    let settle = (_value: number) => {};
    const value = new Promise<number>((resolve) => {
      settle = resolve;
    });
    let isThere = false;
    const waiting = loop.after('heavy', value).then((found) => {
      isThere = true;
      return found;
    });
    await useMuch(loop, 'heavy');
    settle(1);
    for (let step = 0; step < 10; step += 1) await null;
    expect(isThere).toBe(false);
    expect(await waiting).toBe(1);
  });

  it('leaves the loop to others for three times the length of a piece, even shortly after their last request', async () => {
    const loop = await shared();
    loop.enter('light')();
    const began: number[] = [];
    const passing = setInterval(() => {
      time += 1;
    }, 0);
    for (let piece = 0; piece < 3; piece += 1) {
      await loop.pause('heavy');
      began.push(time);
      work(10);
    }
    clearInterval(passing);
    const [first = 0, second = 0, third = 0] = began;
    expect([second - first, third - second].every((gap) => gap >= 40)).toBe(true);
  });

  it('leaves the loop to others for the length of a short piece while they have requests in progress', async () => {
    const loop = await shared();
    vi.useFakeTimers({ toFake: ['setTimeout'] });
    let isPassing = true;
    const passing = (async () => {
      for (; isPassing; time += 1) {
        vi.advanceTimersByTime(1);
        for (let turns = 0; turns < 4; turns += 1) await turn();
      }
    })();
    const gaps = async () => {
      const began: number[] = [];
      for (let piece = 0; piece < 4; piece += 1) {
        await loop.pause('heavy');
        began.push(time);
        work(4);
      }
      return began.slice(1).map((each, index) => each - (began[index] ?? 0));
    };
    try {
      const leave = loop.enter('light');
      for (const gap of await gaps()) {
        expect(gap).toBeGreaterThanOrEqual(8);
        expect(gap).toBeLessThan(12);
      }
      leave();
      for (const gap of await gaps()) expect(gap).toBeLessThan(8);
    } finally {
      isPassing = false;
      await passing;
      vi.useRealTimers();
    }
  });

  it('runs one piece of a heavy key per turn, and a light key in between', async () => {
    const loop = await shared();
    const log: string[] = [];
    let left = 6;
    const pieces = Array.from({ length: left }, async () => {
      await loop.pause('heavy');
      work(10);
      log.push('heavy');
      left -= 1;
    });
    const leave = loop.enter('light');
    while (left > 0) {
      await turn();
      expect(loop.pause('light')).toBeUndefined();
      log.push('light');
      await new Promise(setImmediate);
      time += 1;
    }
    leave();
    await Promise.all(pieces);
    expect(log.filter((each) => each === 'heavy')).toHaveLength(6);
    expect(log.join(' ')).not.toContain('heavy heavy');
  });

  it('never starves a heavy key, even under constant light requests', async () => {
    const loop = await shared();
    const leave = loop.enter('light');
    const passing = setInterval(() => {
      time += 1;
    }, 1);
    for (let piece = 0; piece < 5; piece += 1) {
      await loop.pause('heavy');
      work(5);
    }
    clearInterval(passing);
    leave();
  });

  it('serves the heavy key with the least debt first', async () => {
    const loop = await shared();
    await useMuch(loop, 'heavier', 400);
    await useMuch(loop, 'heavy');
    const order: string[] = [];
    const pieces = ['heavier', 'heavy', 'heavier', 'heavy'].map(async (key) => {
      await loop.pause(key);
      order.push(key);
      work(3);
    });
    await Promise.all(pieces);
    expect(order).toEqual(['heavy', 'heavy', 'heavier', 'heavier']);
  });

  it('maps a batch in small steps', async () => {
    const loop = await shared();
    const items = Array.from({ length: 120 }, (_, index) => index);
    let turns = 0;
    let isCounting = true;
    const count = () => {
      turns += 1;
      if (isCounting) setImmediate(count);
    };
    setImmediate(count);
    const results = await loop.map('heavy', items, (item) => {
      work(0.2);
      return item * 2;
    });
    isCounting = false;
    expect(results).toEqual(items.map((item) => item * 2));
    expect(turns).toBeGreaterThan(0);
    expect(await loop.map('light', [], () => 1)).toEqual([]);
  });

  it('forgives a key over time, and forgets inactive keys', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    const pass = (milliseconds: number) => {
      for (let passed = 0; passed < milliseconds; passed += 100) {
        time += 100;
        vi.advanceTimersByTime(100);
      }
    };
    try {
      const loop = newLoop();
      const leave = loop.enter('light');
      for (const key of ['light', 'heavy']) expect(loop.pause(key)).toBeUndefined();
      pass(100);
      await new Promise(setImmediate);
      const paused = loop.pause('heavy');
      expect(paused).toBeInstanceOf(Promise);
      await paused;
      await new Promise(setImmediate);
      pass(600);
      expect(loop.pause('heavy')).toBeUndefined();
      expect(loop.size).toBe(2);
      leave();
      pass(10_000);
      expect(loop.size).toBe(0);
      expect(vi.getTimerCount()).toBe(0);
    } finally {
      vi.useRealTimers();
    }
  });
});
