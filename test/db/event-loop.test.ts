import { describe, expect, it, vi } from 'vitest';
import { EventLoop } from '../../src/db/event-loop.js';
import { afterThisTurn } from '../../src/db/turn.js';

const turn = () => new Promise<void>((resolve) => void setImmediate(() => afterThisTurn(resolve)));

let time = 0;
const newLoop = () => new EventLoop(() => time);

/** Keeps the event loop busy, as its clock has it. */
function work(milliseconds: number): void {
  time += milliseconds;
}

/** Uses so much that others come first from then on. */
async function useMuch(loop: EventLoop, key: string, milliseconds = 100): Promise<void> {
  await loop.pause(key);
  work(milliseconds);
  await new Promise(setImmediate);
}

/** A loop that a light key shares with a heavy one. */
async function shared(): Promise<EventLoop> {
  const loop = newLoop();
  await loop.pause('light');
  await loop.pause('heavy');
  await useMuch(loop, 'heavy');
  return loop;
}

describe('the event loop', () => {
  it('is a key’s own while there is no other', async () => {
    const loop = newLoop();
    await useMuch(loop, 'alone');
    expect(loop.pause('alone')).toBeUndefined();
    const value = Promise.resolve(1);
    expect(loop.after('alone', value)).toBe(value);
  });

  it('keeps a key waiting that has used much, and no other', async () => {
    const loop = await shared();
    const value = Promise.resolve(1);
    expect(loop.pause('light')).toBeUndefined();
    expect(loop.after('light', value)).toBe(value);
    expect(loop.pause('heavy')).toBeInstanceOf(Promise);
    expect(await loop.after('heavy', value)).toBe(1);
    expect(loop.after('heavy', value)).not.toBe(value);
  });

  it('does one piece of a heavy key in a turn, and lets a light one go on in between', async () => {
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

  it('lets a heavy key go on, also while requests of light ones are under way all the time', async () => {
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

  it('lets the heavy key go first that has used the least', async () => {
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

  it('works on a batch a few items at a time', async () => {
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

  it('forgives a key that has used little since, and keeps nothing of those who are gone', async () => {
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
