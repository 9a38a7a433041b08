import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { jsonTextInPieces } from '../../src/foundation/json-pieces.js';
import { JsonText, jsonText } from '../../src/foundation/json-text.js';

describe('an answer in pieces', () => {
  const some = fc.array(fc.jsonValue({ maxDepth: 4 }), { minLength: 1, maxLength: 5 });

  test('is the same text', async () => {
    await fc.assert(
      fc.asyncProperty(some, fc.integer({ min: 1, max: 400 }), async (values, times) => {
        const rows = Array.from({ length: times }, () => ({
          values,
          none: undefined,
          empty: [{}, []],
          metadata: new JsonText(JSON.stringify(values)),
        }));
        const answer = { data: { rows, more: { rows, undefined } }, list: [undefined, null, rows] };
        const text = await jsonTextInPieces(answer, () => undefined);
        expect(text).toBe(jsonText(answer));
      }),
      { numRuns: 30 },
    );
  });

  test('pauses if it takes long', async () => {
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
