import { filling, vendorValues } from '../calls/call-fields.js';
import { isTerminal } from '../calls/call-status.js';
import type { Transaction } from '../db/database.js';
import type { CallRow } from '../db/tables/calls.js';
import { refuse } from '../refusal.js';
import { readLines } from './read-drafts.js';
import { NO_PARENT } from './upsert-parent.js';

/** What the duplicate knows and the call does not. The one that has ended says so of both, and tags are united. */
export function fillingValues(call: CallRow, duplicate: CallRow): Partial<CallRow> {
  const { status, vendorStatus } = duplicate;
  const isOpen = call.status === 'UNKNOWN' && call.vendorStatus === null;
  return {
    ...filling(call, vendorValues(duplicate)),
    ...((isTerminal(status) ? !isTerminal(call.status) : isOpen) && { status, vendorStatus }),
    tags: [...new Set([...call.tags, ...duplicate.tags])],
  };
}

type ParentValues = Pick<CallRow, 'parentId' | 'parentSystem' | 'parentName' | 'parentValue'>;

/**
 * The parent of the joined call: the call's own, unless that is the duplicate; without one the duplicate's, unless that
 * descends from the call. Refuses with INVALID where the call itself descends from a child of the duplicate.
 */
export async function joinedParent(
  tx: Transaction,
  call: CallRow,
  duplicate: CallRow,
  path: string[],
): Promise<ParentValues> {
  const both = [call.id, duplicate.id];
  const { lines } = await readLines(
    tx,
    call.organizationId,
    [call.parentId, duplicate.parentId].flatMap((id) => id ?? []),
  );
  const isUnder = (id: string | null) => {
    for (let each = id; each !== null; each = lines.get(each) ?? null) {
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
    return parentOf(call);
  }
  return isUnder(duplicate.parentId) ? NO_PARENT : parentOf(duplicate);
}

function parentOf({ parentId, parentSystem, parentName, parentValue }: CallRow): ParentValues {
  return { parentId, parentSystem, parentName, parentValue };
}
