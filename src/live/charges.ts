import type { Interest } from './batch.js';

/** What keys and persons are charged for the work that their subscriptions cause, in the points of requests. */
export interface Charges {
  /** Takes the points, also where they are not there. Answers with what ends the subscription of a key that owes too much. */
  take(key: string, points: number): Error | null;
  /** Seconds until the key owes nothing. */
  debt(key: string): number;
}

export const FREE: Charges = { take: () => null, debt: () => 0 };

/** Looking at a change for a subscription, and comparing one value of its filter with a call. */
const LOOK = 0.01;
const COMPARISON = 0.01;

/** The points of judging one change, whether or not it is told of then: the larger the filter, the more. */
export function judgingPoints({ filter }: Interest): number {
  return LOOK + COMPARISON * valuesIn(filter);
}

function valuesIn(value: unknown): number {
  if (typeof value !== 'object' || value === null || value instanceof Date) return value === null ? 0 : 1;
  return Object.values(value).reduce((sum, member) => sum + valuesIn(member), 0);
}
