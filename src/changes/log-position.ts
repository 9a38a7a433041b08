import type { LogPosition } from './change.queries.js';

/** Below zero when the first comes before the second in the log, above when behind it. */
export function comparePositions(one: LogPosition, other: LogPosition): number {
  return compareNumbers(one.label, other.label) || compareNumbers(one.seq, other.seq);
}

/** Decimal texts without leading zeros: the longer is the greater. */
function compareNumbers(one: string, other: string): number {
  if (one === other) return 0;
  return one.length - other.length || (one < other ? -1 : 1);
}

/** Before every row. */
export const BEGINNING: LogPosition = { label: '0', seq: '0' };
