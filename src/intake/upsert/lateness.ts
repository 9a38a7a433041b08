import { givenStatus, isLive, isTerminal } from '../../calls/call-status.js';
import { isNewerThanField } from '../../calls/field-times.js';
import { referenceKey } from '../../calls/reference/call-reference.store.js';
import type { CallRow } from '../../db/tables/calls.js';
import type { Drafts } from './call-drafts.js';
import { isOlder } from './record-time.js';
import type { UpsertCall } from './upsert-call.js';

/** What an upsert may replace. What is empty it may always fill. */
export interface Lateness {
  /** Of metadata that a record says, flows, recordings, transcripts, the voice call and the parent. */
  readonly isLate: boolean;
  mayReplace(field: string): boolean;
}

/**
 * Vendors redeliver for hours and out of order; an older delivery must not undo a newer one. A vendor's record is compared
 * with records of the same name, which are the same vendor's: what another vendor says of the call may be newer or older.
 * In fields, which all vendors share, the newest time wins, so that records end in the same whatever their order.
 */
export function latenessOf(drafts: Drafts, stored: CallRow, input: UpsertCall): Lateness {
  const { vendorUpdatedAt = null, record, update } = input;
  if (update !== undefined) return { isLate: false, mayReplace: () => true };
  if (record === undefined) {
    const isLate =
      vendorUpdatedAt === null
        ? isLiveAfterEnd(stored, input)
        : stored.vendorUpdatedAt !== null && vendorUpdatedAt < stored.vendorUpdatedAt;
    return { isLate, mayReplace: () => !isLate };
  }
  const { fetchedAt } = record;
  const isLate = input.references.some((reference) => {
    const known = drafts.recordTimes.get(referenceKey(reference));
    return known !== undefined && isOlder({ vendorUpdatedAt, fetchedAt }, known);
  });
  if (vendorUpdatedAt !== null) {
    return { isLate, mayReplace: (field) => isNewerThanField(stored, field, vendorUpdatedAt) };
  }
  const mayReplace = !isLate && !isLiveAfterEnd(stored, input);
  return { isLate, mayReplace: () => mayReplace };
}

function isLiveAfterEnd(stored: CallRow, input: UpsertCall): boolean {
  const duration = input.duration ?? stored.duration;
  const scheduledFor = input.scheduledFor ?? stored.scheduledFor;
  const status = givenStatus(input, { duration, scheduledFor });
  return isTerminal(stored.status) && status !== null && isLive(status);
}
