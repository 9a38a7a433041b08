import { changedMembers, LOGGED_FIELDS } from '../calls/call-fields.js';
import type { GroupName } from '../calls/call-group.store.js';
import {
  combined,
  type Difference,
  difference,
  type NewChange,
  NO_DIFFERENCE,
} from '../changes/change-log.js';
import type { CallRow } from '../db/tables/calls.js';
import type { CallDraft } from './call-drafts.js';

type Upserted = { patch: Record<string, unknown> | null; hasFlow: boolean };

/** The log row of an upsert: REGISTERED for a call that was not there before, else UPDATED. */
export function changeOf(
  before: CallDraft | null,
  after: CallDraft,
  { patch, hasFlow }: Upserted,
): Omit<NewChange, 'actor'> {
  const values = combined(
    difference<CallRow>(before?.call ?? null, after.call, LOGGED_FIELDS),
    listed('references', before?.references ?? null, after.references),
    listed('groups', before?.groups.map(groupName) ?? null, after.groups.map(groupName)),
    metadataDifference(before?.call ?? null, after.call, patch !== null),
    hasFlow ? one('callFlow', null, { revision: 1 }) : NO_DIFFERENCE,
    parentDifference(before?.call, after.call),
  );
  return {
    kind: before === null ? 'REGISTERED' : 'UPDATED',
    patch: patch ?? undefined,
    oldValues: before === null ? {} : values.oldValues,
    newValues: values.newValues,
  };
}

function one(field: string, was: unknown, is: unknown): Difference {
  return { oldValues: { [field]: was }, newValues: { [field]: is } };
}

/** A list that only grows, shown whole where it has grown. */
function listed(field: string, was: readonly unknown[] | null, is: readonly unknown[]): Difference {
  return is.length === (was?.length ?? 0) ? NO_DIFFERENCE : one(field, was, is);
}

/** The members of the metadata that differ; all of them for a call that is new. */
export function metadataDifference(before: CallRow | null, after: CallRow, isPatched: boolean): Difference {
  if (!isPatched) return NO_DIFFERENCE;
  if (before === null) return one('metadata', null, after.metadata);
  const old = changedMembers(before.metadata, after.metadata);
  const fresh = changedMembers(after.metadata, before.metadata);
  const same = Object.keys(old).length + Object.keys(fresh).length === 0;
  return same ? NO_DIFFERENCE : one('metadata', old, fresh);
}

/** The parent before and after: a call, or the reference that is waited for. */
export function parentDifference(before: CallRow | undefined, after: CallRow): Difference {
  return difference({ parent: parentOf(before) }, { parent: parentOf(after) }, ['parent']);
}

function parentOf(call: CallRow | undefined): object | null {
  if (call?.parentId) return { id: call.parentId };
  if (!call?.parentValue) return null;
  return { reference: { system: call.parentSystem, name: call.parentName, value: call.parentValue } };
}

function groupName({ kind, key }: GroupName) {
  return { kind, key };
}
