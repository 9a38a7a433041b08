import { sql } from 'drizzle-orm';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Database, openDatabase } from '../../src/db/database.js';
import { jsonBytes, mergePatch } from '../../src/metadata/merge-patch.js';
import { createTestDatabase, type TestDatabase } from '../support/postgres.js';
import { jsonValue, metadataObject } from './arbitraries.js';
import { canonical, isObject, type Json } from './reference.js';
import { APPENDIX_A, DOCUMENT } from './rfc-7396.js';

let test: TestDatabase;
let database: Database;
beforeAll(async () => {
  test = await createTestDatabase();
  database = await openDatabase({ url: test.url, poolSize: 1 });
});
afterAll(async () => {
  await database.close();
  await test.drop();
});

async function inDatabase(original: unknown, patch: unknown): Promise<Json> {
  const [row] = await database.db.execute<{ result: string }>(
    sql`select merge_patch(${JSON.stringify(original)}::text::jsonb, ${JSON.stringify(patch)}::text::jsonb)::text as result`,
  );
  return JSON.parse(row?.result ?? 'undefined');
}

async function bytesInDatabase(value: unknown): Promise<number> {
  const [row] = await database.db.execute<{ bytes: string }>(
    sql`select json_bytes(${JSON.stringify(value)}::text::jsonb) as bytes`,
  );
  return Number(row?.bytes);
}

/** Every write's patch is an object. */
const CASES = [...APPENDIX_A, DOCUMENT].flatMap(([original, patch, result]) =>
  isObject(patch) ? [[original, patch, result] as const] : [],
);

describe('mergePatch in JavaScript', () => {
  it.each(CASES)('makes of %j by %j the document %j', (original, patch, result) => {
    const before = JSON.stringify([original, patch]);
    expect(mergePatch(original, patch)).toEqual(result);
    expect(JSON.stringify([original, patch])).toBe(before);
  });

  it('agrees with the database on any value and patch, whatever their keys', async () => {
    await fc.assert(
      fc.asyncProperty(fc.oneof(metadataObject, jsonValue), metadataObject, async (original, patch) => {
        const merged = mergePatch(original, patch) as Json;
        expect(canonical(merged)).toBe(canonical(await inDatabase(original, patch)));
      }),
      { numRuns: 300 },
    );
  });

  it('sets __proto__ as a key, and leaves the prototypes of objects alone', () => {
    const merged = mergePatch(JSON.parse('{"__proto__": {"a": 1}}'), JSON.parse('{"__proto__": {"b": 2}}'));
    expect(JSON.stringify(merged)).toBe('{"__proto__":{"a":1,"b":2}}');
    expect(Object.getPrototypeOf(merged)).toBe(Object.prototype);
    expect(Reflect.get({}, 'b')).toBeUndefined();
  });
});

/** Integers are exact, all other numbers are doubles. */
const number = fc.oneof(
  fc.maxSafeInteger(),
  fc.double({ noNaN: true, noDefaultInfinity: true }).filter((value) => !Number.isInteger(value)),
  fc
    .tuple(fc.integer({ min: 1, max: 99_999 }), fc.integer({ min: -30, max: 10 }))
    .map(([n, e]) => n * 10 ** e),
);
const text = fc.string({ unit: 'binary', maxLength: 8 }).map((value) => value.replaceAll('\0', ''));

describe('jsonBytes', () => {
  it.each([
    1e15,
    123_456_789_012_345,
    9_007_199_254_740_991,
    -1e15,
    0.1,
    0.001,
    0.0001,
    0.00001,
    0.000001,
    1e-7,
    1.5e-7,
    -2.5e-10,
    1e-100,
    5e-324,
    1.7976931348623157e-300,
    0.1 + 0.2,
    0,
  ])('agrees with the database on %d', async (value) => {
    expect(await bytesInDatabase({ value })).toBe(jsonBytes({ value }));
  });

  it('agrees with the database on any value that a client can send', async () => {
    const leaf = fc.oneof(number, text, jsonValue);
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(text, fc.oneof(leaf, fc.array(leaf, { maxLength: 4 }))), { maxLength: 5 }),
        async (entries) => {
          const value = Object.fromEntries(entries);
          expect(await bytesInDatabase(value)).toBe(jsonBytes(value));
        },
      ),
      { numRuns: 400 },
    );
  });
});
