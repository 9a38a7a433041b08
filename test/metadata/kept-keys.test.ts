import fc from 'fast-check';
import { expect, it } from 'vitest';
import { JsonText, jsonText } from '../../src/foundation/json-text.js';
import { keptKeys } from '../../src/metadata/kept-keys.js';

const key = fc.oneof(
  fc.constantFrom(
    'a',
    'b',
    '1',
    '10',
    '__proto__',
    'constructor',
    '',
    '"',
    '\\',
    '\\"',
    'a,b',
    '{',
    ']',
    '\u0001',
    'é',
    '💡',
  ),
  fc.string({ maxLength: 5 }),
);
const value = fc.jsonValue({ maxDepth: 3 });
const metadata = fc
  .array(fc.tuple(key, value), { maxLength: 8 })
  .map((entries) => Object.fromEntries(entries) as Record<string, unknown>);

const TOKENS = /"(?:[^"\\]|\\.)*"|[,:{}[\]]/g;

it('keeps of a text, without parsing it, what it keeps of the value', () => {
  fc.assert(
    fc.property(metadata, fc.array(key, { maxLength: 6 }), fc.boolean(), (whole, others, hasBlanks) => {
      const keys = new Set([...others, ...Object.keys(whole).filter((_, index) => index % 2 === 0)]);
      const { written } = JsonText.of(whole);
      const given = new JsonText(hasBlanks ? written.replace(TOKENS, (token) => `${token} `) : written);
      const ofText = keptKeys(given, keys);
      const ofValue = keptKeys(whole, keys);
      expect(jsonText(ofText)).toBe(JsonText.of(ofValue).written);
      const wanted = Object.entries(whole).filter(([each]) => keys.has(each));
      expect(Object.entries(ofValue)).toEqual(wanted);
    }),
    { numRuns: Number(process.env.RUNS ?? 1_000) },
  );
});
