import { isObject, isSame, type Json, type Path, patchBetween, valueAt, withValueAt } from './merge-patch.js';

/** What a person has changed at one path and not saved yet. */
export interface Edit {
  path: Path;
  /** What was there when it was changed; undefined for nothing. */
  before: unknown;
  /** Undefined removes it. */
  after: unknown;
}

export type Edits = readonly Edit[];

/** The metadata as it will be. */
export const edited = (metadata: Json, edits: Edits): Json =>
  edits.reduce<Json>((draft, { path, after }) => {
    const next = withValueAt(draft, path, after);
    return isObject(next) ? next : {};
  }, metadata);

/** What is to be sent, so that the metadata of now becomes what the person sees. */
export const patchOf = (metadata: Json, edits: Edits): Json =>
  patchBetween(metadata, edited(metadata, edits));

/** Adds an edit. It takes the place of earlier ones at its path and below it, and vanishes if it changes nothing. */
export function withEdit(metadata: Json, edits: Edits, path: Path, after: unknown): Edits {
  const before = valueAt(metadata, path);
  const others = edits.filter((edit) => !startsWith(edit.path, path));
  return isSame(valueAt(edited(metadata, others), path), after)
    ? others
    : [...others, { path, before, after }];
}

/** A new name for a member of an object: it is removed, and added under the other name. */
export function withName(metadata: Json, edits: Edits, path: Path, name: string): Edits {
  const value = valueAt(edited(metadata, edits), path);
  const renamed = withEdit(metadata, edits, path, undefined);
  return withEdit(metadata, renamed, [...path.slice(0, -1), name], value);
}

export const withoutEdit = (edits: Edits, path: Path): Edits =>
  edits.filter((edit) => !isSame(edit.path, path));

/** Those whose place somebody else has changed meanwhile: neither may be lost unseen. */
export const conflicts = (metadata: Json, edits: Edits): Edits =>
  edits.filter(({ path, before, after }) => {
    const now = valueAt(metadata, path);
    return !isSame(now, before) && !isSame(now, after);
  });

/** The person has seen what is there now, and wants the edit all the same. */
export const keptMine = (metadata: Json, edits: Edits, path: Path): Edits =>
  edits.map((edit) => (isSame(edit.path, path) ? { ...edit, before: valueAt(metadata, path) } : edit));

export const startsWith = (path: Path, start: Path): boolean =>
  start.length <= path.length && start.every((key, index) => key === path[index]);

export const isEdits = (kept: unknown): kept is Edits =>
  Array.isArray(kept) && kept.every((edit) => isObject(edit) && Array.isArray(edit.path));
