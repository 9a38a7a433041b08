import type { TimeBucket } from '../gql/graphql';

/** Days are texts such as `2024-01-15`: a day is no instant until a time zone says when it begins. */
export type Day = string;

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** Where a bar would be narrower than a pixel. */
const MOST_BUCKETS = 1_000;

const clocks = new Map<string, Intl.DateTimeFormat>();

/** @throws RangeError for a zone that the browser does not know */
function clockOf(timeZone: string): Intl.DateTimeFormat {
  const known = clocks.get(timeZone);
  if (known !== undefined) return known;
  const clock = new Intl.DateTimeFormat('en-US', {
    ...{ timeZone, calendar: 'gregory', numberingSystem: 'latn', hourCycle: 'h23' },
    ...{
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    },
  });
  clocks.set(timeZone, clock);
  return clock;
}

/** What the clocks of a zone show, as if they were in UTC. */
function shownAt(instant: number, timeZone: string): number {
  const parts = clockOf(timeZone).formatToParts(instant);
  const part = (type: Intl.DateTimeFormatPartTypes) =>
    Number(parts.find((each) => each.type === type)?.value);
  return Date.UTC(part('year'), part('month') - 1, part('day'), part('hour'), part('minute'), part('second'));
}

const dayText = (time: number): Day => new Date(time).toISOString().slice(0, 10);

export const dayAt = (instant: number, timeZone: string): Day => dayText(shownAt(instant, timeZone));

export const addDays = (day: Day, count: number): Day => dayText(Date.parse(day) + count * DAY_MS);

/** How many days there are from one to the other, both included. */
export const daysFrom = (from: Day, to: Day): number =>
  Math.round((Date.parse(to) - Date.parse(from)) / DAY_MS) + 1;

/** The first instant of a day. Where clocks change at midnight, the offset of before or of after has it. */
export function startOf(day: Day, timeZone: string): string {
  const midnight = Date.parse(day);
  const candidates = [-DAY_MS, DAY_MS].map((apart) => {
    const near = midnight + apart;
    return midnight - (shownAt(near, timeZone) - near);
  });
  const inDay = candidates.filter((instant) => dayAt(instant, timeZone) >= day);
  return new Date(Math.min(...(inDay.length > 0 ? inDay : candidates))).toISOString();
}

export const isDay = (text: string | null): text is Day =>
  text !== null && /^\d{4}-\d\d-\d\d$/.test(text) && !Number.isNaN(Date.parse(text));

export function isTimeZone(name: string | null): name is string {
  if (name === null || !/^[A-Za-z]/.test(name)) return false;
  try {
    return clockOf(name) !== undefined;
  } catch {
    return false;
  }
}

export const readersZone = (): string => Intl.DateTimeFormat().resolvedOptions().timeZone;

export const timeZones = (): string[] => [
  ...new Set(['UTC', readersZone(), ...Intl.supportedValuesOf('timeZone')]),
];

/** What a row's first instant is in the calendar: an hour by the instant, all else by the day that it begins with. */
export const bucketOf = (key: string, unit: TimeBucket, timeZone: string): string =>
  unit === 'HOUR' ? new Date(key).toISOString() : dayAt(Date.parse(key), timeZone);

/** All times between two days, with those that have no calls. */
export function bucketsOf(from: Day, to: Day, unit: TimeBucket, timeZone: string): string[] {
  if (unit === 'HOUR') {
    const end = Date.parse(startOf(addDays(to, 1), timeZone));
    const first = Date.parse(startOf(from, timeZone));
    const count = Math.min(MOST_BUCKETS, Math.ceil((end - first) / HOUR_MS));
    return Array.from({ length: count }, (_, index) => new Date(first + index * HOUR_MS).toISOString());
  }
  const all = new Set<string>();
  for (let day = from; day <= to && all.size < MOST_BUCKETS; day = addDays(day, 1))
    all.add(beginOf(day, unit));
  return [...all];
}

function beginOf(day: Day, unit: TimeBucket): Day {
  if (unit === 'MONTH') return `${day.slice(0, 7)}-01`;
  if (unit !== 'WEEK') return day;
  const sinceMonday = (new Date(day).getUTCDay() + 6) % 7;
  return addDays(day, -sinceMonday);
}

/** A bucket as people read it. */
export function bucketText(bucket: string, unit: TimeBucket, timeZone: string): string {
  if (unit === 'HOUR') {
    return new Intl.DateTimeFormat(undefined, {
      ...{ timeZone, month: 'short', day: 'numeric', hour: '2-digit', minute: '2-digit' },
    }).format(new Date(bucket));
  }
  return new Intl.DateTimeFormat(undefined, {
    timeZone: 'UTC',
    ...(unit === 'MONTH' ? { year: 'numeric', month: 'short' } : { month: 'short', day: 'numeric' }),
  }).format(new Date(bucket));
}
