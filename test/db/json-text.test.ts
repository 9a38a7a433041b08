import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { JsonText, jsonText, jsonTextInPieces } from '../../src/db/json-text.js';

describe('JSON as the database wrote it', () => {
  test('stands in an answer as the value that it is, among others', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.jsonValue(), fc.string(), fc.dictionary(fc.string(), fc.jsonValue()))),
        (rows) => {
          const plain = rows.map(([before, name, metadata]) => ({ before, [name]: 1, metadata }));
          const read = plain.map((row) => ({
            ...row,
            metadata: new JsonText(JSON.stringify(row.metadata, null, 1)),
          }));
          expect(JSON.parse(jsonText({ data: { read } }))).toEqual(
            JSON.parse(JSON.stringify({ data: { read: plain } })),
          );
        },
      ),
    );
  });

  test('keeps the digits and spaces that it has', () => {
    expect(jsonText({ a: new JsonText('{"n": 1.50, "list": [1,  2]}'), b: [new JsonText('{}')] })).toBe(
      '{"a":{"n": 1.50, "list": [1,  2]},"b":[{}]}',
    );
  });

  test('is its value for everybody else', () => {
    expect(JSON.stringify({ a: new JsonText('{"n": 1.50}') })).toBe('{"a":{"n":1.5}}');
  });

  test('is its value again behind an answer that could not be written', () => {
    expect(() => jsonText({ a: new JsonText('{}'), b: 1n })).toThrow(TypeError);
    expect(JSON.stringify([new JsonText('{"n": 1}')])).toBe('[{"n":1}]');
    expect(jsonText([new JsonText('{"n": 1}')])).toBe('[{"n": 1}]');
  });
});

describe('an answer in pieces', () => {
  const some = fc.array(fc.jsonValue({ maxDepth: 4 }), { minLength: 1, maxLength: 5 });

  test('is the same text', async () => {
    await fc.assert(
      fc.asyncProperty(some, fc.integer({ min: 1, max: 400 }), async (values, times) => {
        const rows = Array.from({ length: times }, () => ({
          values,
          none: undefined,
          empty: [{}, []],
          metadata: new JsonText(JSON.stringify(values, null, 1)),
        }));
        const answer = { data: { rows, more: { rows, undefined } }, list: [undefined, null, rows] };
        const text = await jsonTextInPieces(answer, () => undefined);
        expect(text).toBe(jsonText(answer));
      }),
      { numRuns: 30 },
    );
  });

  test('makes a pause where it takes long', async () => {
    const rows = Array.from({ length: 200_000 }, (_, index) => ({
      id: `${index}`,
      name: 'name',
      tags: ['a', 'b'],
    }));
    let pauses = 0;
    const text = await jsonTextInPieces({ rows }, async () => {
      pauses += 1;
    });
    expect(text).toBe(JSON.stringify({ rows }));
    expect(pauses).toBeGreaterThan(2);
  });
});
