import { type GivenReference, referenceKey } from '../../calls/reference/call-reference.store.js';
import { awaitedKey, type CallDraft, type Drafts, isSelfOrAncestor, putDraft } from './call-drafts.js';
import { NO_PARENT } from './upsert-parent.js';

/** Skips a call that the parent descends from. Call the result once the parent's draft is in place. */
export function planAdoptions(drafts: Drafts, parent: CallDraft, added: GivenReference[]): () => void {
  const { id: parentId, parentId: grandparentId } = parent.call;
  const keys = new Set(added.map(referenceKey));
  const children: string[] = [];
  for (const draft of keys.size > 0 ? drafts.calls.values() : []) {
    const call = draft.call.id === parentId ? parent.call : draft.call;
    if (!keys.has(awaitedKey(call) ?? '')) continue;
    if (isSelfOrAncestor(drafts, call.id, call.id === parentId ? parentId : grandparentId)) continue;
    children.push(call.id);
  }
  return () => {
    for (const id of children) adopt(drafts, id, parentId);
  };
}

function adopt(drafts: Drafts, id: string, parentId: string): void {
  const draft = drafts.calls.get(id);
  if (draft === undefined) throw new Error(`call ${id} waits for a parent but was not locked`);
  const { parentSystem: system, parentName: name, parentValue: value, revision } = draft.call;
  const call = {
    ...draft.call,
    ...NO_PARENT,
    parentId,
    revision: revision + 1,
    updatedAt: drafts.now,
  };
  putDraft(drafts, { ...draft, call });
  drafts.writes.changes.push({
    call,
    kind: 'UPDATED',
    actor: drafts.actor,
    oldValues: { parent: { reference: { system, name, value } } },
    newValues: { parent: { id: parentId } },
  });
}
