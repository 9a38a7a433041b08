import { describe, expect, it } from 'vitest';
import { atLeast, checkLength, checkList, checkRange, checkStrings } from '../../src/graphql/input-checks.js';

const path = ['input', 'value'];

describe('a string in an input', () => {
  it.each(['', 'text', '😀'.repeat(4096), 'a'.repeat(4096), '\ufffe\t\n'])('may be %j', (value) => {
    expect(checkStrings(value, path)).toEqual([]);
  });

  it.each([
    ['\0', 'value must not contain the character NUL (\\u0000).'],
    ['a\ud800', 'value must not contain a lone surrogate.'],
    ['\udc00\ud800', 'value must not contain a lone surrogate.'],
    ['a'.repeat(4097), 'value may have at most 4096 characters.'],
    ['😀'.repeat(4097), 'value may have at most 4096 characters.'],
    ['a'.repeat(1_000_000), 'value may have at most 4096 characters.'],
  ])('may not be %j', (value, message) => {
    expect(checkStrings(value, path)).toEqual([{ code: 'INVALID', message, path }]);
  });

  it('is checked everywhere except in metadata', () => {
    const input = { a: [{ b: 'ok' }, { b: '\0' }], at: new Date(), none: null, metadata: { c: '\0' } };
    expect(checkStrings(input, ['input']).map((error) => error.path)).toEqual([['input', 'a', '1', 'b']]);
  });

  it('is reported about twenty times at most', () => {
    expect(checkStrings(new Array(10_000).fill('\0'), path)).toHaveLength(20);
  });
});

describe('a number in an input', () => {
  it('lies within its range, both ends included, or is not given', () => {
    for (const value of [3, 120, null, undefined]) expect(checkRange(value, path, [3, 120])).toEqual([]);
    expect(checkRange(2, path, [3, 120], 'seconds')).toEqual([
      { code: 'INVALID', message: 'value must be between 3 and 120 seconds, not 2.', path },
    ]);
    expect(checkRange(121, path, [3, 120])).toHaveLength(1);
    expect(atLeast(0, -1, path, 'seconds')[0]?.message).toBe('value must be 0 or more seconds, not -1.');
  });
});

describe('a list in an input', () => {
  it('has its size and valid items, each checked with its path', () => {
    const checkItem = (item: string, at: string[]) => checkLength(item, at, [1, 2]);
    expect(checkList(['a', 'bb'], path, [1, 2], checkItem)).toEqual([]);
    expect(checkList(null, path, [1, 2], checkItem)).toEqual([]);
    expect(checkList(['a', '', 'ccc'], path, [1, 3], checkItem)).toEqual([
      { code: 'INVALID', message: `${path.at(-1)}.1 must not be empty.`, path: [...path, '1'] },
      { code: 'INVALID', message: `${path.at(-1)}.2 may have at most 2 characters.`, path: [...path, '2'] },
    ]);
  });

  it('that is too long is one error, regardless of its items', () => {
    expect(checkList(['', '', ''], path, [1, 2], (item, at) => checkLength(item, at, [1, 2]))).toEqual([
      { code: 'INVALID', message: 'value must have 1 to 2 items, not 3.', path },
    ]);
  });
});
