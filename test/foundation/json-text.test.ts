import { sql } from 'drizzle-orm';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Database, openDatabase } from '../../src/db/database.js';
import { JsonText, jsonText } from '../../src/foundation/json-text.js';
import { jsonValue } from '../metadata/arbitraries.js';
import { createTestDatabase, type TestDatabase } from '../support/postgres.js';

const written = (text: string) => new JsonText(text).written;

describe('JSON that is passed on', () => {
  test('appears in an answer as its value, among others', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.jsonValue(), fc.string(), fc.dictionary(fc.string(), fc.jsonValue()))),
        (rows) => {
          const plain = rows.map(([before, name, metadata]) => ({ before, [name]: 1, metadata }));
          const read = plain.map((row) => ({ ...row, metadata: JsonText.of(row.metadata) }));
          expect(JSON.parse(jsonText({ data: { read } }))).toEqual(
            JSON.parse(JSON.stringify({ data: { read: plain } })),
          );
        },
      ),
    );
  });

  test('loses its blanks, except in strings', () => {
    expect(written('{"a: b, c": "d: e, f", "\\\\\\"": ["\\", ", {}, [], null, true]}')).toBe(
      '{"a: b, c":"d: e, f","\\\\\\"":["\\", ",{},[],null,true]}',
    );
  });

  test.each([
    ['1.50', '1.5'],
    ['-0.10', '-0.1'],
    ['1.0', '1'],
    ['0.000001', '0.000001'],
    ['0.0000001', '1e-7'],
    ['-0.0000001', '-1e-7'],
    ['100000000000000000000', '100000000000000000000'],
    ['99999999999999999999', '100000000000000000000'],
    ['1000000000000000000000', '1e+21'],
    ['0.30000000000000004', '0.30000000000000004'],
    ['0.3000000000000000000001', '0.3'],
    ['9007199254740991', '9007199254740991'],
    [`0.${'0'.repeat(299)}1`, '1e-300'],
  ])('has for the number %s of the database what JavaScript writes: %s', (text, shown) => {
    expect(written(`{"n": ${text}, "list": [${text}, ${text}]}`)).toBe(
      `{"n":${shown},"list":[${shown},${shown}]}`,
    );
    expect(written(text)).toBe(shown);
  });

  test('is read at any length', () => {
    const value = {
      list: Array.from({ length: 20_000 }, (_, index) => index / 4),
      text: 'ü, "x": '.repeat(20_000),
    };
    expect(written(JSON.stringify(value).replaceAll('.5,', '.5, '))).toBe(JsonText.of(value).written);
  });

  test('is its value for plain JSON.stringify', () => {
    expect(JSON.stringify({ a: new JsonText('{"n": 1.50}') })).toBe('{"a":{"n":1.5}}');
    expect(new JsonText('{"__proto__": 1}').value).toEqual(JSON.parse('{"__proto__": 1}'));
  });

  test('is its value again after a failed serialization', () => {
    expect(() => jsonText({ a: new JsonText('{}'), b: 1n })).toThrow(TypeError);
    expect(JSON.stringify([new JsonText('{"n": 1}')])).toBe('[{"n":1}]');
    expect(jsonText([new JsonText('{"n": 1}')])).toBe('[{"n":1}]');
  });
});

describe('a value of the database', () => {
  let place: TestDatabase;
  let database: Database;
  beforeAll(async () => {
    place = await createTestDatabase();
    database = await openDatabase({ url: place.url, poolSize: 1 });
  });
  afterAll(async () => {
    await database.close();
    await place.drop();
  });

  const number = fc.oneof(fc.maxSafeInteger(), fc.double({ noNaN: true, noDefaultInfinity: true }));
  const key = fc.oneof(
    fc.constantFrom('1', '10', '9', '__proto__', 'é', 'zz', '\u{1f600}', '\uffee\uffee', 'a: b, c'),
    fc.string({ unit: 'binary', maxLength: 3 }).map((text) => text.replaceAll('\0', '')),
  );
  const object = fc
    .array(fc.tuple(key, fc.oneof(number, jsonValue, fc.array(number, { maxLength: 3 }))), { maxLength: 6 })
    .map((entries) => Object.fromEntries(entries));

  test('has the same text as the value before it was stored', async () => {
    await fc.assert(
      fc.asyncProperty(fc.oneof(object, jsonValue), async (value) => {
        const json = JSON.stringify(value);
        const [row] = await database.db.execute<{ text: string }>(
          sql`select ${json}::text::jsonb::text as text`,
        );
        const text = written(row?.text ?? '');
        expect(text).toBe(JsonText.of(value).written);
        expect(JSON.parse(text)).toEqual(JSON.parse(json));
        expect(text).toHaveLength(json.length);
      }),
      { numRuns: 500 },
    );
  });
});
