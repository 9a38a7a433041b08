export interface TrafficOptions {
  seed: number;
  /** Null for live calls without an end. */
  calls: number | null;
  /** A date of UTC that is over, as 2026-01-31; null for live calls. */
  day: string | null;
  /** Live writes in a second, on average. */
  perSecond: number;
  /** How many times faster than real calls live ones go. */
  speed: number;
}

export type OptionName = 'live' | 'seed' | 'calls' | 'day' | 'perSecond' | 'speed';

export class WrongOption extends Error {
  override readonly name = 'WrongOption';
  readonly option: OptionName;

  constructor(option: OptionName, message: string) {
    super(message);
    this.option = option;
  }
}

const CALLS = 500;
const SEED = 1;
const PER_SECOND = 5;

/** The last date of UTC that is over. */
const lastDay = (now: Date): string => new Date(now.getTime() - 86_400_000).toISOString().slice(0, 10);

/** What was given, with defaults. Without a seed, live calls are new ones each time. @throws WrongOption */
export function trafficOptions(
  given: Partial<Record<OptionName, unknown>>,
  now = new Date(),
): TrafficOptions {
  const live = given.live ?? false;
  if (typeof live !== 'boolean') throw new WrongOption('live', 'must be true or false');
  const only = (['perSecond', 'speed'] as const).find((name) => !live && given[name] != null);
  if (only !== undefined) throw new WrongOption(only, 'is for live calls');
  if (live && given.day != null) throw new WrongOption('day', 'is not for live calls');
  return {
    seed: numberOf(given, 'seed', 0, Number.MAX_SAFE_INTEGER) ?? (live ? now.getTime() : SEED),
    calls: numberOf(given, 'calls', 1, 1_000_000) ?? (live ? null : CALLS),
    day: live ? null : dayOf(given.day ?? lastDay(now), now),
    perSecond: numberOf(given, 'perSecond', 1, 200) ?? PER_SECOND,
    speed: numberOf(given, 'speed', 1, 60) ?? 1,
  };
}

function numberOf(
  given: Partial<Record<OptionName, unknown>>,
  name: OptionName,
  least: number,
  most: number,
): number | null {
  const value = given[name];
  if (value == null) return null;
  if (Number.isInteger(value) && Number(value) >= least && Number(value) <= most) return Number(value);
  throw new WrongOption(name, `must be a whole number from ${least} to ${most.toLocaleString('en-US')}`);
}

function dayOf(value: unknown, now: Date): string {
  const isDate = typeof value === 'string' && /^\d{4}-\d\d-\d\d$/.test(value);
  const date = new Date(isDate ? `${value}T00:00:00Z` : Number.NaN);
  // 30 February would be a date of March.
  if (
    isDate &&
    !Number.isNaN(date.getTime()) &&
    date.toISOString().startsWith(value) &&
    value <= lastDay(now)
  ) {
    return value;
  }
  throw new WrongOption('day', 'must be a date of UTC that is over, as 2026-01-31');
}
