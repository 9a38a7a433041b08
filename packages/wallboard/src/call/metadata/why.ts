import { isObject, isSame, type Json, merged, type Path, valueAt } from './merge-patch.js';

/** A change of the history that has a patch. */
export interface Patch {
  id: string;
  /** Compared as text: the order in which patches count. */
  patchOrder: string;
  patch: Json;
  /** When it counts. */
  effectiveAt: string;
  /** When it came. */
  recordedAt: string;
}

/** One patch that says something of a path. */
export interface Step<P extends Patch = Patch> {
  patch: P;
  /** The value at the path without and with it; undefined for none. */
  before: unknown;
  after: unknown;
  /** The last one that changed the value: why it is so. */
  isDeciding: boolean;
  /** It came after a step that counts after it, and did not overwrite that one. */
  isLate: boolean;
}

/** In the order in which they count. */
export const inOrder = <P extends Patch>(patches: readonly P[]): P[] =>
  [...patches].sort((one, other) =>
    one.patchOrder < other.patchOrder ? -1 : one.patchOrder > other.patchOrder ? 1 : 0,
  );

/** What all patches make: the call's metadata. */
export const folded = (patches: readonly Patch[]): Json =>
  inOrder(patches).reduce<Json>((metadata, { patch }) => merged(metadata, patch), {});

/**
 * Which patches made the value at a path, in the order in which they count. The `after` of the last one is the value.
 */
export function explained<P extends Patch>(patches: readonly P[], path: Path): Step<P>[] {
  const steps: Step<P>[] = [];
  let metadata: Json = {};
  for (const patch of inOrder(patches)) {
    const before = valueAt(metadata, path);
    metadata = merged(metadata, patch.patch);
    const after = valueAt(metadata, path);
    if (!names(patch.patch, path) && isSame(before, after)) continue;
    steps.push({ patch, before, after, isDeciding: false, isLate: false });
  }
  let earliest: string | null = null;
  for (const step of steps.toReversed()) {
    const { recordedAt } = step.patch;
    step.isLate = earliest !== null && earliest < recordedAt;
    if (earliest === null || recordedAt < earliest) earliest = recordedAt;
  }
  const deciding = steps.findLast(({ before, after }) => !isSame(before, after));
  if (deciding !== undefined) deciding.isDeciding = true;
  return steps;
}

function names(patch: unknown, [key, ...rest]: Path): boolean {
  if (key === undefined) return true;
  return isObject(patch) && Object.hasOwn(patch, key) && names(patch[key], rest);
}
