import type { CallRow } from '../db/tables/calls.js';

/** Must agree with OCCURRED_AT in SQL. */
export function occurredAt({
  startedAt,
  ringingAt,
  createdAt,
}: Pick<CallRow, 'startedAt' | 'ringingAt' | 'createdAt'>): Date {
  return startedAt ?? ringingAt ?? createdAt;
}
