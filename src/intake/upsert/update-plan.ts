import { type GroupRow, groupKey } from '../../calls/group/call-group.store.js';
import type { CallRow } from '../../db/tables/calls.js';
import { refuse } from '../../foundation/refusal.js';
import type { CallDraft } from './call-drafts.js';
import type { UpsertCall } from './upsert-call.js';

export const MOST_TAGS = 50;

/** @throws Refusal REVISION_CONFLICT, with the call */
export function refuseOtherRevision(call: CallRow, { update, path }: UpsertCall): void {
  const expected = update?.expectedRevision ?? null;
  const { revision: present } = call;
  if (expected === null || expected === present) return;
  const message = `The call is at revision ${present}, not ${expected}`;
  refuse(
    'REVISION_CONFLICT',
    message,
    [...path.slice(0, -1), 'expectedRevision'],
    { call },
    { present, expected },
  );
}

export function leftGroups({ groups }: CallDraft, { update }: UpsertCall): GroupRow[] {
  const names = new Set(update?.removeGroups.map(groupKey));
  return groups.filter((group) => names.has(groupKey(group)));
}

/** @throws Refusal LIMIT_EXCEEDED */
export function updatedTags({ tags: stored }: CallRow, { update, path }: UpsertCall): { tags?: string[] } {
  if (update === undefined) return {};
  const { addTags, removeTags } = update;
  if (addTags.length + removeTags.length === 0) return {};
  const tags = [...new Set([...stored, ...addTags])].filter((tag) => !removeTags.includes(tag));
  if (tags.length > MOST_TAGS && tags.length > stored.length) {
    const message = `A call may have at most ${MOST_TAGS} tags; it would have ${tags.length}`;
    refuse('LIMIT_EXCEEDED', message, [...path, 'addTags'], {}, { limit: MOST_TAGS, found: tags.length });
  }
  return { tags };
}
