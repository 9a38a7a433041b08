import { isStatusOpen, valuesForEmptyFields, vendorValues } from '../../calls/call-fields.js';
import { isTerminal } from '../../calls/call-status.js';
import { fieldTimesAfter, timeOfField } from '../../calls/field-times.js';
import type { Transaction } from '../../db/database.js';
import type { CallRow } from '../../db/tables/calls.js';
import { refuse } from '../../foundation/refusal.js';
import { readAncestry } from '../upsert/read-drafts.js';
import { NO_PARENT } from '../upsert/upsert-parent.js';

export function fillingValues(call: CallRow, duplicate: CallRow): Partial<CallRow> {
  const { status, vendorStatus } = duplicate;
  const filling = valuesForEmptyFields(call, vendorValues(duplicate));
  const takesStatus = isTerminal(status) ? !isTerminal(call.status) : isStatusOpen(call);
  const filled = [...Object.keys(filling), ...(takesStatus ? ['status'] : [])];
  const times = new Map(filled.map((field) => [field, timeOfField(duplicate, field)]));
  times.delete('vendorUpdatedAt');
  return {
    ...filling,
    ...(takesStatus && { status, vendorStatus }),
    tags: [...new Set([...call.tags, ...duplicate.tags])],
    fieldTimes: fieldTimesAfter(call, filling.vendorUpdatedAt ?? call.vendorUpdatedAt, times),
  };
}

type ParentValues = Pick<CallRow, 'parentId' | 'parentSystem' | 'parentName' | 'parentValue'>;

/**
 * The call's own parent, unless that is the duplicate; then the duplicate's, unless it descends from the call.
 * @throws Refusal INVALID if the call descends from a child of the duplicate
 */
export async function joinedParent(
  tx: Transaction,
  call: CallRow,
  duplicate: CallRow,
  path: string[],
): Promise<ParentValues> {
  const both = [call.id, duplicate.id];
  const { parentIds } = await readAncestry(
    tx,
    call.organizationId,
    [call.parentId, duplicate.parentId].flatMap((id) => id ?? []),
  );
  const isUnder = (id: string | null) => {
    for (let each = id; each !== null; each = parentIds.get(each) ?? null) {
      if (both.includes(each)) return true;
    }
    return false;
  };
  const hasParent = call.parentId !== null || call.parentValue !== null;
  if (hasParent && call.parentId !== duplicate.id) {
    if (isUnder(call.parentId)) {
      refuse(
        'INVALID',
        'The call descends from a child of the duplicate: joined, it would be its own ancestor',
        path,
      );
    }
    return parentValuesOf(call);
  }
  return isUnder(duplicate.parentId) ? NO_PARENT : parentValuesOf(duplicate);
}

function parentValuesOf({ parentId, parentSystem, parentName, parentValue }: CallRow): ParentValues {
  return { parentId, parentSystem, parentName, parentValue };
}
