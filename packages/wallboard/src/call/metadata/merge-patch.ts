export type Json = { readonly [name: string]: unknown };

export const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** RFC 7396, section 2, as the gateway merges. Uses entries, because `__proto__` is an ordinary key. */
export function merged(target: unknown, patch: Json): Json {
  const members = new Map(isObject(target) ? Object.entries(target) : []);
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) members.delete(key);
    else members.set(key, isObject(value) ? merged(members.get(key), value) : value);
  }
  return Object.fromEntries(members);
}

/** The smallest patch that makes `to` of `from`. In `to`, no object has a member that is null: a patch cannot write it. */
export function patchBetween(from: Json, to: Json): Json {
  const [before, after] = [new Map(Object.entries(from)), new Map(Object.entries(to))];
  const patch: [string, unknown][] = [];
  for (const key of before.keys()) if (!after.has(key)) patch.push([key, null]);
  for (const [key, value] of after) {
    const old = before.get(key);
    if (isSame(old, value)) continue;
    patch.push([key, isObject(old) && isObject(value) ? patchBetween(old, value) : value]);
  }
  return Object.fromEntries(patch);
}

/** As JSON; the order of an object's members does not count. */
export function isSame(left: unknown, right: unknown): boolean {
  if (Object.is(left, right) || left === right) return true;
  if (Array.isArray(left) && Array.isArray(right)) {
    return left.length === right.length && left.every((item, index) => isSame(item, right[index]));
  }
  if (!isObject(left) || !isObject(right)) return false;
  const [some, others] = [Object.entries(left), new Map(Object.entries(right))];
  return (
    some.length === others.size &&
    some.every(([key, value]) => others.has(key) && isSame(value, others.get(key)))
  );
}

export type Path = readonly string[];

/** @returns undefined where there is nothing */
export function valueAt(value: unknown, path: Path): unknown {
  let at = value;
  for (const key of path) {
    if (!isObject(at) || !Object.hasOwn(at, key)) return undefined;
    at = at[key];
  }
  return at;
}

/** Sets or, by undefined, removes what is at a path. Objects that are missing on the way are made. */
export function withValueAt(target: unknown, [key, ...rest]: Path, value: unknown): unknown {
  if (key === undefined) return value;
  const members = new Map(isObject(target) ? Object.entries(target) : []);
  if (value === undefined && !members.has(key)) return target;
  const next = withValueAt(members.get(key), rest, value);
  if (next === undefined) members.delete(key);
  else members.set(key, next);
  return Object.fromEntries(members);
}
