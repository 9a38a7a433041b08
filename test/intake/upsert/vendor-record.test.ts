import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { withoutNulls } from '../../../src/foundation/without-nulls.js';
import { recordPatch } from '../../../src/intake/upsert/vendor-record.js';
import { mergePatch } from '../../../src/metadata/merge-patch.js';

type Json = Record<string, unknown>;

const key = fc.constantFrom('a', 'b', 'c', '__proto__');
const value = fc.letrec((tie) => ({
  json: fc.oneof(
    { maxDepth: 3 },
    fc.constantFrom<unknown>(null, 1, 'x', true),
    fc.array(tie('json'), { maxLength: 2 }),
    fc.dictionary(key, tie('json'), { maxKeys: 3, noNullPrototype: true }),
  ),
})).json;
const object = fc.dictionary(key, value, { maxKeys: 4, noNullPrototype: true }) as fc.Arbitrary<Json>;
const stored = object.map((json) => withoutNulls(json) as Json);

describe('the patch of a vendor’s record', () => {
  it('makes its members what the record says, and leaves those of others and those that it lacks', () => {
    fc.assert(
      fc.property(stored, object, fc.subarray(['a', 'b', 'c']), (before, record, others) => {
        const patch = recordPatch(before, record, new Set(others));
        const after = patch === null ? before : (mergePatch(before, patch) as Json);
        const said = withoutNulls(record) as Json;
        for (const name of new Set([...Object.keys(before), ...Object.keys(said)])) {
          const follows = Object.hasOwn(said, name) && !others.includes(name);
          const expected = follows ? said : before;
          expect(Object.hasOwn(after, name)).toBe(Object.hasOwn(expected, name));
          expect(after[name]).toEqual(expected[name]);
        }
      }),
      { numRuns: 500 },
    );
  });

  it('is null the second time, and for an empty record', () => {
    fc.assert(
      fc.property(stored, object, (before, record) => {
        const patch = recordPatch(before, record);
        const after = patch === null ? before : (mergePatch(before, patch) as Json);
        expect(recordPatch(after, record)).toBeNull();
        expect(recordPatch(before, {})).toBeNull();
      }),
      { numRuns: 500 },
    );
  });
});
