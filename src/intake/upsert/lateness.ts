import { givenStatus, isLive, isTerminal } from '../../calls/call-status.js';
import { isNewerThanField } from '../../calls/field-times.js';
import { referenceKey } from '../../calls/reference/call-reference.store.js';
import type { CallRow } from '../../db/tables/calls.js';
import type { Drafts } from './call-drafts.js';
import { isOlder } from './record-time.js';
import type { UpsertCall } from './upsert-call.js';

/** What an upsert may replace. */
export interface Lateness {
  /** Of metadata that a record says, flows, recordings, transcripts, the voice call and the parent. */
  readonly isLate: boolean;
  mayReplace(field: string): boolean;
  /** Unless it was emptied later. */
  mayFill(field: string): boolean;
  /** What a person or program changed here at that time, in milliseconds. */
  mayUndo(at: number): boolean;
}

/**
 * Vendors redeliver for hours and out of order; an older delivery must not undo a newer one. A vendor's record is compared
 * with records of the same name, which are the same vendor's: what another vendor says of the call may be newer or older.
 * In fields, which all vendors share, the newest time wins, so that records end in the same whatever their order. What was
 * changed here stays until the vendor has a record of later than that: a vendor is often read before it has the change.
 */
export function latenessOf(drafts: Drafts, stored: CallRow, input: UpsertCall): Lateness {
  const { vendorUpdatedAt = null, record, update } = input;
  const always = () => true;
  const fillsAll = { mayFill: always, mayUndo: always };
  if (update !== undefined) return { ...fillsAll, isLate: false, mayReplace: always };
  if (record === undefined) {
    const isLate =
      vendorUpdatedAt === null
        ? isLiveAfterEnd(stored, input)
        : stored.vendorUpdatedAt !== null && vendorUpdatedAt < stored.vendorUpdatedAt;
    return { ...fillsAll, isLate, mayReplace: () => !isLate };
  }
  const { fetchedAt } = record;
  const known = input.references.flatMap(
    (reference) => drafts.recordTimes.get(referenceKey(reference)) ?? [],
  );
  const isLate = known.some((each) => isOlder({ vendorUpdatedAt, fetchedAt }, each));
  const time = (vendorUpdatedAt ?? fetchedAt).getTime();
  const mayFill = (field: string) => time >= (stored.fieldTimes?.[field] ?? Number.NEGATIVE_INFINITY);
  if (vendorUpdatedAt !== null) {
    const isKnown = known.some(
      (each) => each.vendorUpdatedAt !== null && each.vendorUpdatedAt >= vendorUpdatedAt,
    );
    return {
      ...{ isLate, mayFill, mayUndo: (at) => !isKnown && time >= at },
      mayReplace: (field) => isNewerThanField(stored, field, vendorUpdatedAt),
    };
  }
  const isNewest = !isLate && !isLiveAfterEnd(stored, input);
  return { isLate, mayFill, mayUndo: (at) => time >= at, mayReplace: (field) => isNewest && mayFill(field) };
}

function isLiveAfterEnd(stored: CallRow, input: UpsertCall): boolean {
  const duration = input.duration ?? stored.duration;
  const scheduledFor = input.scheduledFor ?? stored.scheduledFor;
  const status = givenStatus(input, { duration, scheduledFor });
  return isTerminal(stored.status) && status !== null && isLive(status);
}
