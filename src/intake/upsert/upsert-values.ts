import { isDeepStrictEqual } from 'node:util';
import { givenValues, isStatusOpen, valuesForEmptyFields } from '../../calls/call-fields.js';
import { givenStatus, isTerminal, nextStatus } from '../../calls/call-status.js';
import { type FieldTimes, fieldTimesAfter, timeOfChange } from '../../calls/field-times.js';
import { referenceKey } from '../../calls/reference/call-reference.store.js';
import { withoutWithheld } from '../../calls/withheld-numbers.js';
import type { CallRow } from '../../db/tables/calls.js';
import type { CallDraft, Drafts } from './call-drafts.js';
import type { Lateness } from './lateness.js';
import type { UpsertCall } from './upsert-call.js';
import { parentValues } from './upsert-parent.js';

export interface PlannedValues {
  values: Partial<CallRow>;
  /** Not among the values, because a change of it alone is no change of the call. */
  fieldTimes: FieldTimes | null;
}

export function planValues(
  drafts: Drafts,
  { call: stored, references }: CallDraft,
  input: UpsertCall,
  lateness: Lateness,
): PlannedValues {
  const given = withoutWithheld(givenValues(input), stored);
  const replacing = Object.entries(given).filter(([field]) => lateness.mayReplace(field));
  const filling = Object.entries(valuesForEmptyFields(stored, given)).filter(([field]) =>
    lateness.mayFill(field),
  );
  const plain: Partial<CallRow> = Object.fromEntries([...filling, ...replacing]);
  const facts = { ...stored, ...plain };
  const mayReplaceStatus =
    (isStatusOpen(stored) && lateness.mayFill('status')) ||
    lateness.mayReplace('status') ||
    isFirstEnd(stored, input, facts);
  // A late duration or time may still decide what the stored word means.
  const pair = nextStatus(stored, mayReplaceStatus ? input : {}, facts);
  const parentIsOpen = stored.parentId === null && stored.parentValue === null;
  const parent = parentValues(drafts, stored.id, input);
  const values = { ...plain, ...pair, ...(lateness.isLate && !parentIsOpen ? {} : parent) };
  const isTracked =
    input.record !== undefined ||
    input.update !== undefined ||
    stored.fieldTimes !== null ||
    references.some((each) => drafts.recordTimes.has(referenceKey(each)));
  if (!isTracked) return { values, fieldTimes: stored.fieldTimes };
  const { vendorUpdatedAt = stored.vendorUpdatedAt, ...others } = plain;
  const status = givenStatus(input, facts) ?? (input.vendorStatus === null ? pair.status : null);
  const isGiven = mayReplaceStatus && pair.status === status;
  const written = [...Object.keys(others), ...(isGiven ? ['status'] : [])];
  const time =
    input.update === undefined
      ? (input.vendorUpdatedAt?.getTime() ?? null)
      : timeOfChange(stored, drafts.now);
  const times = fieldTimesAfter(stored, vendorUpdatedAt, new Map(written.map((field) => [field, time])));
  return { values, fieldTimes: isDeepStrictEqual(times, stored.fieldTimes) ? stored.fieldTimes : times };
}

/** A vendor that has seen the end is right, though another one has said later that the call is live. */
function isFirstEnd(stored: CallRow, input: UpsertCall, facts: CallRow): boolean {
  if (input.record === undefined || isTerminal(stored.status)) return false;
  const status = givenStatus(input, facts);
  return status !== null && isTerminal(status);
}
