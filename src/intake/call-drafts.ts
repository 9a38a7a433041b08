import { getTableColumns } from 'drizzle-orm';
import type { DraftedFlow } from '../call-flows/call-flow.store.js';
import type { GroupRow } from '../calls/call-group.store.js';
import { referenceKey } from '../calls/call-reference.store.js';
import type { ReferenceValue } from '../calls/call-target.js';
import type { DraftedChange } from '../changes/change-log.js';
import { newId } from '../db/new-id.js';
import { type CallRow, calls } from '../db/tables/calls.js';

/** A locked or new call as it stands after the items that were planned so far; replaced whole, never changed. */
export interface CallDraft {
  readonly isNew: boolean;
  readonly call: CallRow;
  readonly references: readonly ReferenceValue[];
  readonly groups: readonly GroupRow[];
}

/** What a batch of upserts knows under its locks, and what it will write. */
export interface Drafts {
  readonly organizationId: string;
  readonly actor: string;
  /** The time that everything bears which the batch writes; behind all locks. */
  readonly now: Date;
  /** Places in the order of arrival, drawn under the locks, for the patches in their order. */
  readonly arrivals: Iterator<string>;
  readonly calls: Map<string, CallDraft>;
  /** Whose a reference is, by referenceKey; of every reference that an item names, if it is known. */
  readonly owners: Map<string, string>;
  /** The groups that items name, by groupKey. */
  readonly groups: Map<string, GroupRow>;
  /** The parents of calls beside the drafts, up from every parent that an item names. */
  readonly lines: Map<string, string | null>;
  /** Records that were joined into another call, as far as items name them as a parent. */
  readonly joined: Map<string, string>;
  readonly writes: {
    /** The calls that differ from what is stored, and the fields in which any of them does. */
    changed: Set<string>;
    fields: Set<keyof CallRow>;
    references: (ReferenceValue & { callId: string })[];
    members: { callId: string; groupId: string }[];
    flows: DraftedFlow[];
    changes: DraftedChange[];
  };
}

/** A call of which nothing is known yet, at revision 0. Its label is given to it when it is written. */
export function blankCall(organizationId: string): CallRow {
  const { id, createdAt } = newId();
  const nothing = Object.fromEntries(Object.keys(getTableColumns(calls)).map((field) => [field, null]));
  return {
    ...(nothing as unknown as CallRow),
    organizationId,
    id,
    createdAt,
    updatedAt: createdAt,
    direction: 'UNKNOWN',
    status: 'UNKNOWN',
    tags: [],
    metadata: {},
    flowRevision: 0,
    revision: 0,
    changeLabel: '0',
  };
}

/** Puts a call's next state in the place of its present one, and notes what is to be written of it. */
export function putDraft(drafts: Drafts, next: CallDraft): void {
  const before = drafts.calls.get(next.call.id);
  drafts.calls.set(next.call.id, next);
  drafts.writes.changed.add(next.call.id);
  if (next.isNew || before === undefined) return;
  for (const field of Object.keys(next.call) as (keyof CallRow)[]) {
    // Postgres generates it from the others.
    if (field !== 'customerNumber' && next.call[field] !== before.call[field])
      drafts.writes.fields.add(field);
  }
}

/** The call's parent, as the batch will leave it. */
export function parentOf(drafts: Drafts, id: string): string | null {
  const draft = drafts.calls.get(id);
  return draft === undefined ? (drafts.lines.get(id) ?? null) : draft.call.parentId;
}

/** Whether a call is the other, or one of its ancestors. */
export function isInLine(drafts: Drafts, id: string, from: string | null): boolean {
  for (let each = from; each !== null; each = parentOf(drafts, each)) {
    if (each === id) return true;
  }
  return false;
}

/** The reference of a parent that a call waits for, as referenceKey; null when it waits for none. */
export function awaitedKey({ parentSystem, parentName, parentValue }: CallRow): string | null {
  if (parentSystem === null || parentName === null || parentValue === null) return null;
  return referenceKey({ system: parentSystem, name: parentName, value: parentValue });
}
