import { referenceKey } from '../../calls/reference/call-reference.store.js';
import type { CallRow } from '../../db/tables/calls.js';
import { refuse, refuseUnknown } from '../../foundation/refusal.js';
import { type Drafts, isSelfOrAncestor } from './call-drafts.js';
import type { UpsertCall } from './upsert-call.js';

type ParentValues = Partial<Pick<CallRow, 'parentId' | 'parentSystem' | 'parentName' | 'parentValue'>>;

export const NO_PARENT = { parentId: null, parentSystem: null, parentName: null, parentValue: null };

export function parentValues(
  drafts: Drafts,
  callId: string,
  { parent, references, path }: UpsertCall,
): ParentValues {
  if (parent === undefined) return {};
  if (parent === null) return NO_PARENT;
  const at = [...path, 'parent'];
  if ('id' in parent) {
    const id = drafts.joined.get(parent.id) ?? parent.id;
    if (!drafts.parentIds.has(id) && !drafts.calls.has(id)) refuseUnknown('Call', parent, 'id');
    return linkTo(drafts, callId, id, at);
  }
  const key = referenceKey(parent.reference);
  if (references.some((own) => referenceKey(own) === key)) {
    refuse('INVALID', 'A call cannot be its own parent', [...at, 'reference']);
  }
  const owner = drafts.owners.get(key);
  if (owner !== undefined) return linkTo(drafts, callId, owner, at);
  const { system, name, value } = parent.reference;
  return { parentId: null, parentSystem: system, parentName: name, parentValue: value };
}

function linkTo(drafts: Drafts, callId: string, parentId: string, path: string[]): ParentValues {
  if (isSelfOrAncestor(drafts, callId, parentId)) {
    refuse('INVALID', 'A call cannot be its own parent, nor the parent of one it descends from', path);
  }
  return { ...NO_PARENT, parentId };
}
