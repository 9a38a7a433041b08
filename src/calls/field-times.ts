import type { CallRow } from '../db/tables/calls.js';
import { filledFields } from './call-fields.js';

/** The vendor's time of what a field holds, or when it was changed here. `status` stands for the pair. */
export type FieldTimes = NonNullable<CallRow['fieldTimes']>;

type Timed = Pick<CallRow, 'vendorUpdatedAt' | 'fieldTimes'>;

/** Of what a person or program changes now: newer than every record until now, by whatever clock the vendors go. */
export const timeOfChange = ({ vendorUpdatedAt }: Pick<CallRow, 'vendorUpdatedAt'>, now: Date): number =>
  Math.max(now.getTime(), (vendorUpdatedAt?.getTime() ?? 0) + 1);

export function timesOfChange(
  call: Pick<CallRow, 'vendorUpdatedAt'>,
  changed: object,
  now = new Date(),
): FieldTimes {
  const fields = Object.keys(changed).map((field) => (field === 'vendorStatus' ? 'status' : field));
  return Object.fromEntries(fields.map((field) => [field, timeOfChange(call, now)]));
}

/** With the field times of a locked call, of which these columns are changed here. */
export function timedValues<Values extends object>(
  call: Timed,
  changed: Values,
): Values & { fieldTimes?: FieldTimes } {
  if (Object.keys(changed).length === 0) return changed;
  return { ...changed, fieldTimes: { ...call.fieldTimes, ...timesOfChange(call, changed) } };
}

/** Null for what came without a time, to a call that has none. */
export const timeOfField = ({ vendorUpdatedAt, fieldTimes }: Timed, field: string): number | null =>
  fieldTimes?.[field] ?? vendorUpdatedAt?.getTime() ?? null;

/** Whether a vendor's record of this time is not older than what the field holds. */
export const isNewerThanField = (call: Timed, field: string, at: Date): boolean =>
  at.getTime() >= (timeOfField(call, field) ?? Number.NEGATIVE_INFINITY);

/**
 * After a write of the given fields, each of its time; null for a write without one, which counts as of the call's. What
 * was there before stays as old as it was, though the call has become newer.
 */
export function fieldTimesAfter(
  before: CallRow,
  vendorUpdatedAt: Date | null,
  written: ReadonlyMap<string, number | null>,
): FieldTimes | null {
  const was = before.vendorUpdatedAt?.getTime() ?? null;
  const newest = vendorUpdatedAt?.getTime() ?? null;
  const times = new Map(Object.entries(before.fieldTimes ?? {}));
  if (was !== null && newest !== null && newest > was) {
    for (const field of filledFields(before)) if (!times.has(field)) times.set(field, was);
  }
  for (const [field, time] of written) {
    if (time === null || time === newest) times.delete(field);
    else times.set(field, time);
  }
  return times.size === 0 ? null : Object.fromEntries(times);
}
