import { isObject, isSame, type Json } from '../metadata/merge-patch.js';

export interface ChangedField {
  /** E.g. `voiceCall.status`. */
  name: string;
  before: unknown;
  after: unknown;
}

/** The fields of a change one by one, also those within objects. */
export function changedFields(before: Json, after: Json): ChangedField[] {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  return names.flatMap((name) => {
    const [old, now] = [before[name], after[name]];
    const isWithin = [old, now].every((value) => value == null || isObject(value)) && (old ?? now) != null;
    if (!isWithin) return [{ name, before: old, after: now }];
    const members = changedFields(isObject(old) ? old : {}, isObject(now) ? now : {});
    return members
      .filter((member) => !isSame(member.before, member.after))
      .map((member) => ({ ...member, name: `${name}.${member.name}` }));
  });
}
