/**
 * Whether one JSON value contains another as Postgres' `@>` has it for objects: each member of an object, of nested
 * objects each of theirs; of a list each item, in any order and however often. Numbers are compared as numbers. Lists of
 * plain values take time in proportion to their lengths.
 */
export function contains(whole: unknown, part: unknown): boolean {
  if (Array.isArray(part)) return Array.isArray(whole) && containsAll(whole, part);
  if (!isObject(part)) return whole === part;
  return (
    isObject(whole) &&
    Object.entries(part).every(([key, value]) => Object.hasOwn(whole, key) && contains(whole[key], value))
  );
}

function containsAll(whole: readonly unknown[], part: readonly unknown[]): boolean {
  const nested = part.filter(isNested);
  if (nested.length < part.length) {
    const plain = new Set(whole.filter((item) => !isNested(item)));
    if (!part.every((item) => isNested(item) || plain.has(item))) return false;
  }
  if (nested.length === 0) return true;
  const candidates = whole.filter(isNested);
  return nested.every((item) => candidates.some((each) => contains(each, item)));
}

const isNested = (value: unknown): boolean => typeof value === 'object' && value !== null;

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
