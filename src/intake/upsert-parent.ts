import { and, eq } from 'drizzle-orm';
import { refuseCircle } from '../calls/call-parent.store.js';
import { type ClaimedReferences, referenceKey } from '../calls/call-reference.store.js';
import type { Transaction } from '../db/database.js';
import { type CallRow, calls } from '../db/tables/calls.js';
import { refuse, refuseUnknown } from '../refusal.js';
import type { UpsertCall } from './upsert-call.js';

type ParentValues = Partial<Pick<CallRow, 'parentId' | 'parentSystem' | 'parentName' | 'parentValue'>>;

const NONE = { parentId: null, parentSystem: null, parentName: null, parentValue: null };
/**
 * What an upsert's parent sets of the call (null while it is being made): a link to a call that is known, or the
 * reference to wait for. Under the lock of all links where the call exists. Refuses an unknown id with NOT_FOUND and a circle with INVALID.
 */
export async function parentValues(
  tx: Transaction,
  organizationId: string,
  stored: CallRow | null,
  { parent, references, path }: UpsertCall,
  known: ClaimedReferences['known'],
): Promise<ParentValues> {
  if (parent === undefined) return {};
  if (parent === null) return NONE;
  const at = [...path, 'parent'];
  if ('id' in parent) {
    const [found] = await tx
      .select({ id: calls.id })
      .from(calls)
      .where(and(eq(calls.organizationId, organizationId), eq(calls.id, parent.id)));
    if (found === undefined) refuseUnknown('Call', parent, 'id');
    return linkTo(tx, organizationId, stored, found.id, at);
  }
  const key = referenceKey(parent.reference);
  if (references.some((own) => referenceKey(own) === key)) {
    refuse('INVALID', 'A call cannot be its own parent', [...at, 'reference']);
  }
  const owner = known.find((reference) => referenceKey(reference) === key);
  if (owner !== undefined) return linkTo(tx, organizationId, stored, owner.callId, at);
  const { system, name, value } = parent.reference;
  return { parentId: null, parentSystem: system, parentName: name, parentValue: value };
}

async function linkTo(
  tx: Transaction,
  organizationId: string,
  stored: CallRow | null,
  parentId: string,
  path: string[],
): Promise<ParentValues> {
  // A call that is just being made has no descendants, and a link that stands already was checked when it was made.
  if (stored !== null && stored.parentId !== parentId) {
    await refuseCircle(tx, organizationId, [stored.id], parentId, () => path);
  }
  return { ...NONE, parentId };
}
