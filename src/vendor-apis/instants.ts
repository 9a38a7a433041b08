import { DateTime } from '../graphql/scalars.js';

const DAY = /^\d{4}([-/])\d\d\1\d\d$/;
const OFFSET = /[Tt ][^Tt ]+(?:[Zz]|[+-]\d\d(?::?\d\d)?)$/;

/** As DateTime; a day alone is its beginning, and a time without an offset is of UTC, as the vendors write it. */
export function instantOf(text: string): Date | null {
  const whole = DAY.test(text) ? `${text}T00:00:00Z` : OFFSET.test(text) ? text : `${text}Z`;
  try {
    return DateTime.parseValue(whole);
  } catch {
    return null;
  }
}
