import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CLIENTS, clientOf } from '../../src/demo/traffic/company.js';
import { planCalls, storiesOfDay, storyOf, timeOfDay } from '../../src/demo/traffic/plan.js';
import { Random } from '../../src/demo/traffic/random.js';
import type { Story } from '../../src/demo/traffic/story.js';
import { trafficOptions } from '../../src/demo/traffic/traffic-options.js';

const seed = fc.nat();
const HOUR = 3_600_000;
const midnight = (day: string) => Date.parse(`${day}T00:00:00Z`);
const told = (day: string, stories: Iterable<Story>) =>
  [...stories].flatMap(({ steps }) =>
    steps.map(({ at, write }) => [at - midnight(day), write.kind, write.by]),
  );

describe('the stories of a day', () => {
  it('are the same for the same seed and day', () => {
    fc.assert(
      fc.property(seed, fc.integer({ min: 1, max: 40 }), (number, calls) => {
        const stories = () => [...storiesOfDay({ seed: number, day: '2026-03-02', calls })];
        const writes = () => JSON.stringify(stories().map(({ steps }) => steps));
        expect(writes()).toBe(writes());
      }),
      { numRuns: 20 },
    );
  });

  it('happen at the same times on another day, as other calls', () => {
    const on = (day: string) => [...storiesOfDay({ seed: 7, day, calls: 60 })];
    const [one, other] = [on('2026-03-02'), on('2026-07-14')];
    expect(told('2026-03-02', one)).toEqual(told('2026-07-14', other));
    const references = (stories: Story[]) =>
      stories.flatMap(({ calls }) => calls.map(({ reference }) => reference.value));
    const all = [...references(one), ...references(other)];
    expect(new Set(all).size).toBe(all.length);
    expect(one.map(({ client, topic }) => [client, topic])).toEqual(
      other.map(({ client, topic }) => [client, topic]),
    );
  });

  it('have exactly as many calls as were asked for', () => {
    fc.assert(
      fc.property(seed, fc.integer({ min: 1, max: 120 }), (number, calls) => {
        const stories = [...storiesOfDay({ seed: number, day: '2026-03-02', calls })];
        expect(stories.flatMap((story) => story.calls)).toHaveLength(calls);
      }),
      { numRuns: 30 },
    );
  });

  it('begin in order within the working day, and are written in the order of their times', () => {
    const day = '2026-03-02';
    const stories = [...storiesOfDay({ seed: 3, day, calls: 400 })];
    const begins = stories.map(({ calls }) => Math.min(...calls.map(({ from }) => from)) - midnight(day));
    expect(begins).toEqual(begins.toSorted((one, other) => one - other));
    expect(begins[0]).toBeGreaterThanOrEqual(7 * HOUR);
    expect(begins.at(-1)).toBeLessThan(20 * HOUR);
    for (const { steps } of stories) {
      const times = steps.map(({ at }) => at);
      expect(times).toEqual(times.toSorted((one, other) => one - other));
    }
    const perHour = (hour: number) => begins.filter((at) => Math.floor(at / HOUR) === hour).length;
    for (const peak of [10, 15]) {
      for (const quiet of [7, 12, 13, 18]) expect(perHour(peak)).toBeGreaterThan(perHour(quiet));
    }
  });

  it('are of all four vendors, and of every kind of write', () => {
    const writes = [...storiesOfDay({ seed: 1, day: '2026-03-02', calls: 300 })].flatMap(
      ({ steps }) => steps,
    );
    const kinds = new Set(writes.map(({ write }) => write.kind));
    expect([...kinds].toSorted()).toEqual([
      'event',
      'flow',
      'hangUp',
      'merge',
      'patch',
      'upsert',
      'voiceCall',
    ]);
    expect(new Set(writes.map(({ write }) => write.by))).toEqual(
      new Set(['Burki', 'Bird', 'vcita', 'Creovai', 'CRM']),
    );
  });
});

it('a share of the day is reached later the larger it is', () => {
  const share = fc.double({ min: 0, max: 1, noNaN: true });
  fc.assert(
    fc.property(share, share, (one, other) => {
      const [least, most] = one < other ? [one, other] : [other, one];
      expect(timeOfDay(least)).toBeLessThanOrEqual(timeOfDay(most));
    }),
  );
  expect([timeOfDay(0), timeOfDay(1)]).toEqual([7 * HOUR, 20 * HOUR]);
});

it('a faster story is as much shorter as it is faster', () => {
  const lengthOf = (speed: number) => {
    const { steps } = storyOf({ seed: 5, day: 'live', index: 3, begin: new Date(0), speed });
    return Math.max(...steps.map(({ at }) => at));
  };
  expect(lengthOf(10)).toBeCloseTo(lengthOf(1) / 10, -2);
});

it('clients have numbers of ranges that are reserved for fiction', () => {
  const FICTION = /^\+1\d{3}55501\d\d$|^\+447700900\d{3}$|^\+353209\d{6}$|^\+3532091\d{5}$/;
  for (let index = 0; index < CLIENTS; index += 1) {
    const { number, line } = clientOf(index);
    expect(number).toMatch(FICTION);
    expect(line.number).toMatch(/^\+14155550190$|^\+442079460190$|^\+353209100190$/);
    expect(number).not.toBe(line.number);
  }
});

it('a plan of more calls begins with the stories of one of fewer', () => {
  const { kindOf, stories } = planCalls(9, 50);
  const larger = planCalls(9, 5_000);
  for (let index = 0; index < stories - 1; index += 1) expect(kindOf(index)).toBe(larger.kindOf(index));
});

describe('random draws', () => {
  it('depend on their name alone, and stay within their bounds', () => {
    fc.assert(
      fc.property(seed, fc.integer({ min: -50, max: 50 }), fc.nat(100), (number, least, more) => {
        const draws = () => {
          const random = new Random('test', number);
          return Array.from({ length: 20 }, () => random.integer(least, least + more));
        };
        expect(draws()).toEqual(draws());
        for (const draw of draws()) expect(draw >= least && draw <= least + more).toBe(true);
      }),
    );
  });

  it('are as frequent as their weights', () => {
    const random = new Random('weights');
    const drawn = Array.from({ length: 2_000 }, () => random.weighted({ often: 3, seldom: 1, never: 0 }));
    const often = drawn.filter((each) => each === 'often').length;
    expect(drawn).not.toContain('never');
    expect(often / drawn.length).toBeCloseTo(0.75, 1);
    expect(random.uuid()).toMatch(/^[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/);
  });
});

describe('what may be asked for', () => {
  const now = new Date('2026-03-02T00:20:00Z');

  it('has defaults: the last day that is over, or new calls now', () => {
    const day = { seed: 1, calls: 500, day: '2026-03-01', perSecond: 5, speed: 1 };
    expect(trafficOptions({}, now)).toEqual(day);
    expect(trafficOptions({ live: true }, now)).toEqual({
      ...day,
      seed: now.getTime(),
      calls: null,
      day: null,
    });
  });

  it.each([
    [{ calls: 0 }, 'calls', 'must be a whole number from 1 to 1,000,000'],
    [{ seed: 1.5 }, 'seed', 'must be a whole number from 0 to 9,007,199,254,740,991'],
    [{ live: 1 }, 'live', 'must be true or false'],
    [{ perSecond: 4 }, 'perSecond', 'is for live calls'],
    [{ live: true, perSecond: 201 }, 'perSecond', 'must be a whole number from 1 to 200'],
    [{ live: true, day: '2026-03-01' }, 'day', 'is not for live calls'],
    [{ day: '2026-03-02' }, 'day', 'must be a date of UTC that is over, as 2026-01-31'],
    [{ day: '2026-02-30' }, 'day', 'must be a date of UTC that is over, as 2026-01-31'],
    [{ day: 'yesterday' }, 'day', 'must be a date of UTC that is over, as 2026-01-31'],
  ])('%j is refused', (given, option, message) => {
    expect(() => trafficOptions(given, now)).toThrow(expect.objectContaining({ option, message }));
  });
});
