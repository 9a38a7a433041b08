import { describe, expect, it } from 'vitest';
import { checkMetadata } from '../../src/metadata/metadata.checks.js';

const path = ['metadata'];
const limits = { metadataMaxBytes: 100, metadataMaxDepth: 3 };
const check = (value: Record<string, unknown>) => checkMetadata(value, path, limits);

describe('metadata', () => {
  it.each([
    {},
    { a: { b: { c: 1 } } },
    { a: [[]] },
    { a: null, '😀': '😀' },
    JSON.parse('{"__proto__":{"constructor":1}}'),
    { a: 'x'.repeat(92) },
    { '': 1 },
    { a: { '': { '': null } } },
  ])('may be %j', (value) => {
    expect(check(value)).toEqual([]);
  });

  it.each([
    [{ 'a\0': 1 }, 'A key of metadata must not contain the character NUL (\\u0000).'],
    [{ '\ud800': 1 }, 'A key of metadata must not contain a lone surrogate.'],
    [{ a: { b: '\0' } }, 'The string at key "b" of metadata must not contain the character NUL (\\u0000).'],
    [{ a: ['', '\udc00'] }, 'The string at key "1" of metadata must not contain a lone surrogate.'],
  ])('may not be %j', (value, message) => {
    expect(check(value)).toEqual([{ code: 'INVALID', message, path }]);
  });

  it.each([{ a: { b: { c: {} } } }, { a: [[[]]] }])('may not be as deep as %j', (value) => {
    expect(check(value)).toEqual([
      {
        ...{ code: 'LIMIT_EXCEEDED', message: 'metadata may be at most 3 levels deep.', path },
        details: { limit: 3, found: 4 },
      },
    ]);
  });

  it('may exceed the limit as a patch, because only the resulting metadata counts', () => {
    expect(check({ a: 'x'.repeat(200) })).toEqual([]);
  });

  it('may be nested 10,000 deep without harm: it is refused', () => {
    const depth = 10_000;
    const deep = JSON.parse(`${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`);
    const error = checkMetadata(deep, path, { metadataMaxBytes: 1_000_000, metadataMaxDepth: 32 });
    expect(error).toMatchObject([{ code: 'LIMIT_EXCEEDED' }]);
  });
});
