import fc from 'fast-check';
import type { Json } from './reference.js';

/** Few keys, so that patches collide; some have a special meaning in JavaScript or in path languages. */
const key = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom('a', 'b', 'c') },
  {
    weight: 3,
    arbitrary: fc.constantFrom('__proto__', 'constructor', 'toString', '$.a', 'a.b', '"', '*', ''),
  },
  { weight: 1, arbitrary: fc.string({ unit: 'grapheme', maxLength: 4 }) },
);
const text = fc.string({ unit: 'grapheme', maxLength: 4 }).map(withoutNul);
const leaf: fc.Arbitrary<Json> = fc.oneof(
  { weight: 3, arbitrary: fc.constant(null) },
  { weight: 3, arbitrary: fc.integer() },
  { weight: 1, arbitrary: fc.boolean() },
  { weight: 1, arbitrary: fc.double({ min: -1e6, max: 1e6, noNaN: true }).map((value) => value + 0) },
  { weight: 1, arbitrary: text },
);

function withoutNul(value: string): string {
  return value.replaceAll('\0', '');
}

function objectOf(value: fc.Arbitrary<Json>): fc.Arbitrary<{ [key: string]: Json }> {
  const entry = fc.tuple(key.map(withoutNul), value);
  return fc.array(entry, { maxLength: 4 }).map((entries) => Object.fromEntries(entries));
}

const { value } = fc.letrec<{ value: Json }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3, depthSize: 'small' },
    leaf,
    objectOf(tie('value')),
    fc.array(tie('value'), { maxLength: 3 }),
  ),
}));

/** Any JSON value; objects and nulls in lists, too. */
export const jsonValue = value;

export const metadataObject = objectOf(value);
