import fc from 'fast-check';

type Json = Record<string, unknown>;

const key = fc.constantFrom('a', 'b', 'c');
const leaf = fc.oneof(
  fc.constant(null),
  fc.integer({ min: 0, max: 9 }),
  fc.constantFrom('x', 'y', ''),
  fc.constantFrom([], [null], [{ a: null }]),
);
const members = (value: fc.Arbitrary<unknown>) => fc.dictionary(key, value, { maxKeys: 3 });
const value = (depth: number): fc.Arbitrary<unknown> =>
  depth === 0
    ? leaf
    : fc.oneof({ weight: 2, arbitrary: leaf }, { weight: 1, arbitrary: members(value(depth - 1)) });

/** Few names, so that patches meet: of nested members, of values in place of objects, and removals of both. */
export const patch: fc.Arbitrary<Json> = fc.dictionary(key, value(3), { minKeys: 1, maxKeys: 3 });

export const isObject = (given: unknown): given is Json =>
  typeof given === 'object' && given !== null && !Array.isArray(given);

/** What is left of a vendor's metadata if a null says that a member is not there. */
export const withoutRemoved = (given: unknown): unknown =>
  isObject(given)
    ? Object.fromEntries(
        Object.entries(given)
          .filter(([, each]) => each !== null)
          .map(([name, each]) => [name, withoutRemoved(each)]),
      )
    : given;

export const shallowMerge = (stored: unknown, given: Json): Json => ({
  ...(isObject(stored) ? stored : {}),
  ...given,
});

export function deepMerge(stored: unknown, given: Json): Json {
  const merged = new Map(Object.entries(isObject(stored) ? stored : {}));
  for (const [name, each] of Object.entries(given)) {
    if (each === null) merged.delete(name);
    else merged.set(name, isObject(each) ? deepMerge(merged.get(name), each) : each);
  }
  return Object.fromEntries(merged);
}
