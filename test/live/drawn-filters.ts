import fc from 'fast-check';
import { filterMembers } from '../calls/call-arbitraries.js';
import type { Filter } from '../calls/reference-filter.js';

/**
 * A time that is known only once there are calls: some milliseconds from the moment before the first of the writes, so
 * that calls pass it while they are written.
 */
const moment = fc.integer({ min: -20, max: 400 }).map((shift) => `start ${shift}`);

const MEMBERS = filterMembers({ createdAt: moment, updatedAt: moment });

/** Filters of one or two members, for of many hardly a call is found. */
export const filters: fc.Arbitrary<Filter[]> = fc.array(
  fc
    .subarray(Object.keys(MEMBERS) as (keyof typeof MEMBERS)[], { minLength: 1, maxLength: 2 })
    .chain((names) => {
      const chosen = names.map((name) => [name, MEMBERS[name] as fc.Arbitrary<unknown>] as const);
      return fc.record(Object.fromEntries(chosen)) as fc.Arbitrary<Filter>;
    }),
  { minLength: 9, maxLength: 9 },
);

/** The filter with its moments as times. */
export function timed(filter: Filter, start: number): Filter {
  return JSON.parse(
    JSON.stringify(filter, (_key, value: unknown) => {
      const [, shift] = (typeof value === 'string' && /^start (-?\d+)$/.exec(value)) || [];
      return shift === undefined ? value : new Date(start + Number(shift)).toISOString();
    }),
  );
}

/** Filters whose bounds are exactly where calls have been, or a millisecond beside it. */
export function filtersAt(times: readonly string[]): Filter[] {
  return times.flatMap((time, index) => {
    const bound = new Date(Date.parse(time) + (index % 3) - 1).toISOString();
    return [{ updatedAt: { to: bound } }, { updatedAt: { from: bound } }];
  });
}
