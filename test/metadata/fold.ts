import { type Json, mergePatch } from './reference.js';

interface Change {
  patch: { [key: string]: Json } | null;
  patchOrder: string | null;
}

/** The fold of the patches of a history, in the order of patchOrder. */
export function foldOf(history: Change[]): Json {
  return history
    .filter(({ patch }) => patch !== null)
    .toSorted((a, b) => ((a.patchOrder ?? '') < (b.patchOrder ?? '') ? -1 : 1))
    .reduce<Json>((metadata, { patch }) => mergePatch(metadata, patch), {});
}
