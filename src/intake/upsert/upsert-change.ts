import { isDeepStrictEqual } from 'node:util';
import { changedMembers, LOGGED_FIELDS } from '../../calls/call-fields.js';
import type { GroupName } from '../../calls/group/call-group.values.js';
import {
  combined,
  type Difference,
  difference,
  type NewChange,
  NO_DIFFERENCE,
} from '../../changes/change-log.js';
import type { CallRow } from '../../db/tables/calls.js';
import type { CallDraft } from './call-drafts.js';

export function changeOf(
  before: CallDraft | null,
  after: CallDraft,
  patch: Record<string, unknown> | null,
): Omit<NewChange, 'actor'> {
  const values = combined(
    difference<CallRow>(before?.call ?? null, after.call, LOGGED_FIELDS),
    listed('references', before?.references ?? null, after.references),
    groupsDifference(before, after),
    metadataDifference(before?.call ?? null, after.call, patch !== null),
    flowDifference(before?.call.flowRevision ?? 0, after.call.flowRevision),
    parentDifference(before?.call, after.call),
  );
  return {
    kind: before === null ? 'REGISTERED' : 'UPDATED',
    patch: patch ?? undefined,
    oldValues: before === null ? {} : values.oldValues,
    newValues: values.newValues,
  };
}

function flowDifference(before: number, after: number): Difference {
  if (after === before) return NO_DIFFERENCE;
  return one('callFlow', before === 0 ? null : { revision: before }, { revision: after });
}

/** Null before for a new call, and a new call without groups logs none. */
function groupsDifference(before: CallDraft | null, after: CallDraft): Difference {
  const [was, is] = [before?.groups.map(groupName) ?? null, after.groups.map(groupName)];
  return isDeepStrictEqual(was ?? [], is) ? NO_DIFFERENCE : one('groups', was, is);
}

function one(field: string, was: unknown, is: unknown): Difference {
  return { oldValues: { [field]: was }, newValues: { [field]: is } };
}

/** Only for lists that never shrink. */
function listed(field: string, was: readonly unknown[] | null, is: readonly unknown[]): Difference {
  return is.length === (was?.length ?? 0) ? NO_DIFFERENCE : one(field, was, is);
}

export function metadataDifference(before: CallRow | null, after: CallRow, isPatched: boolean): Difference {
  if (!isPatched) return NO_DIFFERENCE;
  if (before === null) return one('metadata', null, after.metadata);
  const old = changedMembers(before.metadata, after.metadata);
  const fresh = changedMembers(after.metadata, before.metadata);
  const same = Object.keys(old).length + Object.keys(fresh).length === 0;
  return same ? NO_DIFFERENCE : one('metadata', old, fresh);
}

export function parentDifference(before: CallRow | undefined, after: CallRow): Difference {
  return difference({ parent: shownParentOf(before) }, { parent: shownParentOf(after) }, ['parent']);
}

function shownParentOf(call: CallRow | undefined): object | null {
  if (call?.parentId) return { id: call.parentId };
  if (!call?.parentValue) return null;
  return { reference: { system: call.parentSystem, name: call.parentName, value: call.parentValue } };
}

function groupName({ kind, key }: GroupName) {
  return { kind, key };
}
