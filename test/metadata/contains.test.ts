import { sql } from 'drizzle-orm';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Database, openDatabase } from '../../src/db/database.js';
import { contains } from '../../src/metadata/contains.js';
import { createTestDatabase, type TestDatabase } from '../support/postgres.js';

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

/** Few values, so that one often holds another; lists and objects in each other. */
const { value } = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    fc.constantFrom<unknown>(null, true, false, 0, 1, 1.5, -2, '', '1', 'a', 'true', 1e21, 1e-7),
    fc.array(tie('value'), { maxLength: 5 }),
    fc.dictionary(fc.constantFrom('a', 'b', 'length', '0'), tie('value'), {
      maxKeys: 3,
      noNullPrototype: true,
    }),
  ),
}));
const object = fc.dictionary(fc.constantFrom('a', 'b', 'c'), value, { maxKeys: 3, noNullPrototype: true });

/** What one may look for in it: it with parts left out, doubled and put in another order, or something else. */
function partOf(whole: unknown, random: fc.Random, depth = 0): unknown {
  if (random.nextInt(0, 9) === 0) return depth === 0 ? {} : random.nextInt(0, 1) === 0 ? [] : 'a';
  if (Array.isArray(whole)) {
    const items = whole.filter(() => random.nextInt(0, 2) > 0).map((item) => partOf(item, random, depth + 1));
    return [...items, ...items.slice(0, 1)].reverse();
  }
  if (typeof whole !== 'object' || whole === null) return whole;
  const members = Object.entries(whole).filter(() => random.nextInt(0, 3) > 0);
  return Object.fromEntries(members.map(([key, each]) => [key, partOf(each, random, depth + 1)]));
}

it('contains what Postgres says that it contains', async () => {
  const pairs = fc
    .sample(fc.tuple(object, object, fc.noShrink(fc.infiniteStream(fc.nat()))), { numRuns: 3_000, seed: 42 })
    .map(([whole, other, numbers], index) => {
      const nextInt = (least: number, most: number) =>
        least + ((numbers.next().value ?? 0) % (most - least + 1));
      return { whole, part: index % 4 === 0 ? other : partOf(whole, { nextInt } as unknown as fc.Random) };
    });
  const rows = await database.db.execute<{ held: boolean }>(sql`
    select (v ->> 'whole')::jsonb @> (v ->> 'part')::jsonb as held
    from jsonb_array_elements(${JSON.stringify(
      pairs.map(({ whole, part }) => ({ whole: JSON.stringify(whole), part: JSON.stringify(part) })),
    )}::text::jsonb) with ordinality given(v, n) order by n`);
  const held = rows.map((row) => row.held);
  const wrong = pairs.filter(({ whole, part }, index) => contains(whole, part) !== held[index]);
  expect(wrong.slice(0, 3)).toEqual([]);
  const found = held.filter(Boolean).length;
  expect(Math.min(found, held.length - found), 'both verdicts are frequent').toBeGreaterThan(300);
});

it('holds of long lists what is in them, in whichever order', () => {
  const whole = Array.from({ length: 40_000 }, (_, index) => index);
  expect(contains({ list: whole }, { list: whole.toReversed() })).toBe(true);
  expect(contains({ list: whole }, { list: [...whole, '1'] })).toBe(false);
});
