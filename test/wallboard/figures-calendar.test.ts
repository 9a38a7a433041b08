import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { expect, it } from 'vitest';

interface Calendar {
  dayAt(instant: number, timeZone: string): string;
  startOf(day: string, timeZone: string): string;
  bucketOf(key: string, unit: string, timeZone: string): string;
  bucketsOf(from: string, to: string, unit: string, timeZone: string): string[];
}

/** A module of the browser, which the compiler of the tests does not know. */
const MODULE = fileURLToPath(new URL('../../packages/wallboard/src/figures/calendar.ts', import.meta.url));
const { dayAt, startOf, bucketOf, bucketsOf } = (await import(MODULE)) as Calendar;

/** Clocks that change by an hour, by half of one, at midnight, and by a whole day. */
const zone = fc.constantFrom(
  ...['UTC', 'Europe/Lisbon', 'America/New_York', 'Australia/Lord_Howe', 'America/Sao_Paulo'],
  ...['Asia/Kathmandu', 'Pacific/Apia', 'America/Havana', 'Africa/Cairo'],
);
const instant = fc
  .date({ min: new Date('2005-01-01'), max: new Date('2026-12-31'), noInvalidDate: true })
  .map((date) => date.getTime());

it('a day begins with the first instant that has its date', () => {
  fc.assert(
    fc.property(zone, instant, (timeZone, at) => {
      const day = dayAt(at, timeZone);
      const start = Date.parse(startOf(day, timeZone));
      expect(start).toBeLessThanOrEqual(at);
      expect(dayAt(start, timeZone)).toBe(day);
      expect(dayAt(start - 1_000, timeZone) < day).toBe(true);
    }),
    { numRuns: 2_000 },
  );
});

it('the bar of a call is among the bars of its day', () => {
  fc.assert(
    fc.property(zone, instant, fc.constantFrom('DAY', 'WEEK', 'MONTH'), (timeZone, at, unit) => {
      const day = dayAt(at, timeZone);
      const [bucket = ''] = bucketsOf(day, day, unit, timeZone);
      // The gateway names a time by its first instant.
      expect(bucketOf(startOf(bucket, timeZone), unit, timeZone)).toBe(bucket);
      expect(bucket <= day).toBe(true);
    }),
  );
});
