import { plainReference, referenceKey } from '../../calls/reference/call-reference.store.js';
import type { ReferenceValue } from '../../calls/reference/call-target.values.js';
import type { Drafts } from './call-drafts.js';
import { isOlder, type RecordTime } from './record-time.js';
import type { UpsertCall } from './upsert-call.js';

const recordTimeOf = ({ vendorUpdatedAt = null, record }: UpsertCall): RecordTime | null =>
  record === undefined ? null : { vendorUpdatedAt, fetchedAt: record.fetchedAt };

/** Of the names of a vendor's record. New ones are inserted with it. */
export function putRecordTimes(
  { recordTimes, owners, writes }: Drafts,
  references: ReferenceValue[],
  input: UpsertCall,
) {
  const time = recordTimeOf(input);
  if (time === null) return;
  for (const reference of references) {
    const key = referenceKey(reference);
    const known = recordTimes.get(key);
    if (known !== undefined && !isOlder(known, time)) continue;
    recordTimes.set(key, time);
    if (owners.has(key)) writes.recordTimes.set(key, { ...plainReference(reference), ...time });
  }
}

/** As a new reference is inserted with it. */
export const columnsOfTime = (input: UpsertCall) =>
  recordTimeOf(input) ?? { vendorUpdatedAt: null, fetchedAt: null };
