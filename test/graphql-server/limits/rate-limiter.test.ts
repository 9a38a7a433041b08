import { expect, it } from 'vitest';
import { RateLimiter } from '../../../src/graphql-server/limits/rate-limiter.js';

function limiter(perSecond: number, burst: number) {
  let now = 0;
  const rates = new RateLimiter(perSecond, burst, () => now);
  return { rates, wait: (seconds: number) => (now += seconds * 1000) };
}

it('a key may use its burst at once, and then its rate per second', () => {
  const { rates, wait } = limiter(10, 30);
  expect(rates.take('a', 20)).toBe(0);
  expect(rates.take('a', 10)).toBe(0);
  expect(rates.take('a', 5)).toBe(0.5);
  wait(0.4);
  expect(rates.take('a', 5)).toBeCloseTo(0.1);
  wait(0.1);
  expect(rates.take('a', 5)).toBe(0);
  expect(rates.take('a', 1)).toBeCloseTo(0.1);
});

it('a refusal takes nothing', () => {
  const { rates, wait } = limiter(10, 10);
  rates.take('a', 10);
  for (let index = 0; index < 1_000; index += 1) expect(rates.take('a', 5)).toBe(0.5);
  wait(0.5);
  expect(rates.take('a', 5)).toBe(0);
});

it('no more than the burst is saved up', () => {
  const { rates, wait } = limiter(10, 30);
  wait(3_600);
  expect(rates.take('a', 30)).toBe(0);
  expect(rates.take('a', 1)).toBeCloseTo(0.1);
});

it('what costs more than the burst waits for a full bucket, and is paid off afterwards', () => {
  const { rates, wait } = limiter(10, 30);
  rates.take('a', 10);
  expect(rates.take('a', 100)).toBe(1);
  wait(1);
  expect(rates.take('a', 100)).toBe(0);
  expect(rates.take('a', 10)).toBe(8);
});

it('keys do not share', () => {
  const { rates } = limiter(1, 1);
  expect([rates.take('a', 1), rates.take('a', 1), rates.take('b', 1)]).toEqual([0, 1, 0]);
});

it('remembers 10,000 keys, and forgets the one with the oldest request', () => {
  const { rates } = limiter(1, 1);
  for (let index = 0; index < 9_999; index += 1) rates.take(`k${index}`, 1);
  rates.take('k0', 1);
  for (let index = 0; index < 20_000; index += 1) {
    rates.take(`n${index}`, 1);
    if (index === 9_000) expect(rates.take('k0', 1)).toBe(1);
  }
  expect(rates.size).toBe(10_000);
});

it('work that cannot wait is charged at once, even into debt, and blocks requests until it is paid', () => {
  const { rates, wait } = limiter(10, 30);
  expect(rates.charge('a', 20)).toEqual({ seconds: 0, isTooMuch: false });
  expect(rates.charge('a', 20)).toEqual({ seconds: 1, isTooMuch: false });
  expect(rates.debt('a')).toBe(1);
  expect(rates.take('a', 5)).toBe(1.5);
  wait(1);
  expect([rates.debt('a'), rates.debt('b')]).toEqual([0, 0]);
  expect(rates.take('a', 5)).toBe(0.5);
});

it('a key owes too much when it owes more than it can save up', () => {
  const { rates, wait } = limiter(10, 30);
  expect(rates.charge('a', 60).isTooMuch).toBe(false);
  expect(rates.charge('a', 1)).toEqual({ seconds: 3.1, isTooMuch: true });
  wait(0.2);
  expect(rates.charge('a', 1).isTooMuch).toBe(false);
});
