import { isObject } from './merge-patch.js';

/** A list is searched anew for each of so many items; for more it is made a set first. */
const FEW = 8;

/**
 * Whether one JSON value contains another as Postgres' `@>` has it for objects: each member of an object, of nested
 * objects each of theirs; of a list each item, in any order and however often. Numbers are compared as numbers. Objects
 * and lists within a list are compared each with each, as Postgres does it too: filters may have but few of them.
 */
export function contains(whole: unknown, part: unknown): boolean {
  if (Array.isArray(part)) return Array.isArray(whole) && containsItems(whole, part);
  if (!isObject(part)) return whole === part;
  if (!isObject(whole)) return false;
  for (const key in part) {
    if (!Object.hasOwn(whole, key) || !contains(whole[key], part[key])) return false;
  }
  return true;
}

function containsItems(whole: readonly unknown[], part: readonly unknown[]): boolean {
  const present = part.length > FEW ? new Set(whole) : null;
  return part.every((item) => {
    if (typeof item === 'object' && item !== null) return whole.some((each) => contains(each, item));
    return present === null ? whole.includes(item) : present.has(item);
  });
}
