import { isObject } from '../foundation/json-object.js';

const FEW = 8;

/**
 * Postgres' jsonb `@>`: lists are compared as sets. Objects and lists inside a list are compared pairwise; filters
 * allow only few of them.
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
