/**
 * Whether one JSON value contains another as Postgres' `@>` has it for objects: each member of an object, of nested
 * objects each of theirs; of a list each item, in any order and however often. Numbers are compared as numbers.
 */
export function contains(whole: unknown, part: unknown): boolean {
  if (Array.isArray(part)) {
    return Array.isArray(whole) && part.every((item) => whole.some((each) => contains(each, item)));
  }
  if (!isObject(part)) return whole === part;
  return (
    isObject(whole) &&
    Object.entries(part).every(([key, value]) => Object.hasOwn(whole, key) && contains(whole[key], value))
  );
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
