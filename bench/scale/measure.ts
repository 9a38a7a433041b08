import { bodyOf, type Client } from '../support/client.js';
import { median } from '../support/stats.js';
import type { Case, Rule } from './cases.js';
import type { Plan } from './plans.js';

/** What one case came to. Times are medians, in milliseconds, through the API. */
export interface Finding {
  name: string;
  rule: Rule;
  large: number;
  small: number;
  ratio: number;
  /** How many there are at each size; null for a case that finds one thing. */
  matches: { large: number; small: number } | null;
  /** The time of its statements in the database, once, at the large size. */
  database: number;
  sequential: boolean;
  verdict: 'pass' | 'FAIL' | null;
  plans: string[];
}

export interface Sides {
  large: Client;
  small: Client;
  /** How many times as many calls the large one has. */
  growth: number;
}

const WARM_UP = 5;

/** Asks the two databases in turns, so that whatever else the machine does is the same for both. */
export async function measure(
  { name, rule, operation, total, isEmpty = false }: Case,
  sides: Sides,
  plans: Plan[],
  repetitions: number,
): Promise<Finding> {
  const body = bodyOf(operation);
  const matches = total && {
    large: totalOf((await sides.large.ask(bodyOf(total))).data),
    small: totalOf((await sides.small.ask(bodyOf(total))).data),
  };
  await check(name, body, sides, matches, isEmpty);
  const times = { large: [] as number[], small: [] as number[] };
  for (let round = -WARM_UP; round < repetitions; round += 1) {
    for (const side of round % 2 === 0 ? (['large', 'small'] as const) : (['small', 'large'] as const)) {
      const { milliseconds } = await sides[side].ask(body);
      if (round >= 0) times[side].push(milliseconds);
    }
  }
  const [large, small] = [median(times.large), median(times.small)];
  const sequential = plans.some(({ text }) => /\bSeq Scan\b/.test(text));
  return {
    name,
    rule,
    large,
    small,
    ratio: large / small,
    matches,
    database: plans.reduce((sum, { milliseconds }) => sum + milliseconds, 0),
    sequential,
    verdict: rule === null ? null : isKept(rule, large, small) && !sequential ? 'pass' : 'FAIL',
    plans: plans.map(({ text }) => text),
  };
}

/** At most three times the small one's time, or so many milliseconds where that is more. */
export const LIMITS = { page: 10, 'far past': 300 };
const RATIO = 3;
/** At the small size, of what it may have none. */
const RARE = 5;

const isKept = (rule: NonNullable<Rule>, large: number, small: number): boolean =>
  large <= Math.max(RATIO * small, LIMITS[rule]);

/**
 * The page has as many rows as there are, up to its size. An empty answer, unless it is asked for, is worth nothing; the
 * small size may have none of what so few calls are.
 */
async function check(
  name: string,
  body: string,
  sides: Sides,
  matches: Finding['matches'],
  isEmpty: boolean,
): Promise<void> {
  for (const side of ['large', 'small'] as const) {
    const { data } = await sides[side].ask<Record<string, unknown>>(body);
    const nodes = firstList(data);
    const expected = Math.min(matches?.[side] ?? 0, 50);
    const isRare = side === 'small' && (matches?.large ?? 0) < RARE * sides.growth;
    const mayBeEmpty = expected > 0 || isEmpty || isRare;
    if (nodes !== null && (nodes.length !== expected || !mayBeEmpty || (isEmpty && expected > 0))) {
      throw new Error(`${name}: ${nodes.length} rows in the ${side} database instead of ${expected}`);
    }
    if (matches !== null && !isEqualShare(matches, sides.growth)) {
      throw new Error(
        `${name}: ${matches.large} and ${matches.small} found is not the same share of the calls`,
      );
    }
    if (Object.values(data)[0] == null) throw new Error(`${name}: nothing found in the ${side} database`);
  }
}

/** Of a handful one more or less is a lot. */
const isEqualShare = ({ large, small }: { large: number; small: number }, growth: number): boolean =>
  (large === 1 && small === 1) ||
  (large >= (small - 2) * growth * 0.8 && large <= (small + 2) * growth * 1.25);

/** The first list anywhere in an answer. */
function firstList(data: unknown): unknown[] | null {
  if (Array.isArray(data)) return data;
  if (typeof data !== 'object' || data === null) return null;
  for (const value of Object.values(data)) {
    const found = firstList(value);
    if (found !== null) return found;
  }
  return null;
}

/** The first number anywhere in an answer. */
function totalOf(data: unknown): number {
  if (typeof data === 'number') return data;
  const [value] = typeof data === 'object' && data !== null ? Object.values(data) : [];
  if (value === undefined) throw new Error('an answer has no total');
  return totalOf(value);
}
