import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalKey } from '../../src/foundation/canonical-key.js';

const PROTO = JSON.parse('{"__proto__":1}');

describe('a key', () => {
  const DIFFERENT: unknown[] = [
    undefined,
    null,
    false,
    true,
    0,
    -0,
    1,
    1.5,
    1e21,
    1n,
    Number.NaN,
    Number.POSITIVE_INFINITY,
    Number.NEGATIVE_INFINITY,
    '',
    'null',
    'undefined',
    '1',
    '1n',
    'NaN',
    '@0',
    '{}',
    '[]',
    '\ud800',
    '\ud801',
    '\ufffd',
    new Date(0),
    new Date(1),
    new Date(Number.NaN),
    '1970-01-01T00:00:00.000Z',
    [],
    [null],
    [undefined],
    [undefined, undefined],
    [[]],
    [[], []],
    ['a', 'b'],
    ['b', 'a'],
    ['a,b'],
    ['a","b'],
    {},
    { a: undefined },
    { a: null },
    { a: {} },
    { a: 1 },
    { a: '1' },
    { a: [1] },
    { a: 1, b: 2 },
    { a: { b: 1 } },
    { 'a":1,"b': 2 },
    { constructor: 1 },
    PROTO,
  ];

  it('differs for values that JSON or other texts confuse', () => {
    expect(new Set(DIFFERENT.map(canonicalKey)).size).toBe(DIFFERENT.length);
  });

  it('ignores the order of members and the class', () => {
    class Given {
      a = 1;
      b = [{ y: 1, x: 2 }];
    }
    const keys = [
      { b: [{ x: 2, y: 1 }], a: 1 },
      new Given(),
      Object.assign(Object.create(null), new Given()),
    ];
    expect(new Set(keys.map(canonicalKey)).size).toBe(1);
  });

  it.each([
    ['a function', () => {}],
    ['a symbol', Symbol('a')],
    ['a map', new Map()],
    ['a set', [new Set()]],
    ['a regular expression', { a: /a/ }],
    ['bytes', Buffer.from('a')],
  ])('is not made of %s', (_, value) => {
    expect(() => canonicalKey(value)).toThrow(TypeError);
  });

  const value = fc.anything({
    withBigInt: true,
    withDate: true,
    key: fc.constantFrom('a', 'b', '__proto__', 'constructor', '1', '10', '2', ''),
    values: [
      fc.constantFrom<unknown>(
        null,
        undefined,
        true,
        false,
        0,
        -0,
        1,
        '0',
        '1',
        '',
        'null',
        'undefined',
        '@0',
        '-0',
      ),
      fc.constantFrom<unknown>(Number.NaN, Number.POSITIVE_INFINITY, 'NaN', 1n, '1n'),
      fc.double(),
      fc.string({ unit: fc.constantFrom('"', ',', ':', '{', '}', '[', ']', '\\', '\ud800', 'a') }),
    ],
    maxDepth: 4,
    maxKeys: 4,
  });

  it('is the same for two values exactly if they are equal', () => {
    fc.assert(
      fc.property(value, value, (one, other) => {
        expect(canonicalKey(one) === canonicalKey(other)).toBe(isDeepStrictEqual(one, other));
        expect(canonicalKey(structuredClone(one))).toBe(canonicalKey(one));
      }),
      { numRuns: 3_000 },
    );
  });

  it('changes with any change of a value', () => {
    fc.assert(
      fc.property(fc.array(value, { minLength: 1, maxLength: 5 }), fc.nat(), value, (list, at, other) => {
        const index = at % list.length;
        const changed = list.with(index, other);
        expect(canonicalKey(changed) === canonicalKey(list)).toBe(isDeepStrictEqual(list[index], other));
      }),
      { numRuns: 3_000 },
    );
  });
});
