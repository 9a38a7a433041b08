import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { JsonText, jsonText } from '../../../src/foundation/json-text.js';
import { answerSize } from '../../../src/graphql-server/pipeline/answer-size.js';

const name = fc.stringMatching(/^[_A-Za-z][_0-9A-Za-z]{0,8}$/);
const leaf = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string({ unit: fc.constantFrom('\u0001', '"', 'ü', '😀', 'x') }),
  fc.integer(),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.boolean(),
  fc.constant(null),
  fc.jsonValue().map((value) => JsonText.of(value)),
);
const { result } = fc.letrec<{ result: unknown }>((tie) => ({
  result: fc.oneof(
    { depthSize: 'small' },
    leaf,
    fc.array(tie('result'), { maxLength: 5 }),
    fc.dictionary(name, fc.oneof(tie('result'), fc.constant(undefined)), { maxKeys: 5 }),
  ),
}));
const answer = fc.dictionary(name, result, { maxKeys: 4 });

describe('the size of an answer', () => {
  it('is that of its text where it is near the limit', () => {
    fc.assert(
      fc.property(answer, (data) => {
        const bytes = Buffer.byteLength(jsonText(data));
        expect(answerSize(data, bytes)).toBe(bytes);
      }),
    );
  });

  it('is above a limit exactly where its text is', () => {
    fc.assert(
      fc.property(answer, fc.integer({ min: 1, max: 300 }), (data, most) => {
        expect(answerSize(data, most) > most).toBe(Buffer.byteLength(jsonText(data)) > most);
      }),
    );
  });

  it('counts what is shown many times as often', () => {
    const metadata = new JsonText('{"text": "1234567890"}');
    const data = { nodes: Array.from({ length: 1_000 }, () => ({ a: metadata, b: metadata })) };
    expect(answerSize(data, 10_000)).toBeGreaterThan(2 * 1_000 * '{"text":"1234567890"}'.length);
  });
});
