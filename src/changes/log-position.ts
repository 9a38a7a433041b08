import type { LogPosition } from './change.queries.js';

export function comparePositions(one: LogPosition, other: LogPosition): number {
  return compareNumbers(one.label, other.label) || compareNumbers(one.seq, other.seq);
}

export const laterOf = (one: LogPosition, other: LogPosition): LogPosition =>
  comparePositions(one, other) < 0 ? other : one;

export const earlierOf = (one: LogPosition, other: LogPosition): LogPosition =>
  comparePositions(one, other) < 0 ? one : other;

/** Without leading zeros, the longer text is the greater number. */
function compareNumbers(one: string, other: string): number {
  if (one === other) return 0;
  return one.length - other.length || (one < other ? -1 : 1);
}

export const BEGINNING: LogPosition = { label: '0', seq: '0' };
