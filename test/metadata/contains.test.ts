import fc from 'fast-check';
import postgres, { type Sql } from 'postgres';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { contains } from '../../src/metadata/contains.js';
import { createTestDatabase, type TestDatabase } from '../support/postgres.js';

let database: TestDatabase;
let sql: Sql;
beforeAll(async () => {
  database = await createTestDatabase();
  sql = postgres(database.url, { max: 1 });
});
afterAll(async () => {
  await sql.end();
  await database.drop();
});

type Pair = readonly [whole: unknown, part: unknown];

/** Postgres' answer for each pair; numbers are passed as written. */
async function verdicts(pairs: readonly (readonly [whole: string, part: string])[]): Promise<boolean[]> {
  const rows = await sql`
    select whole::jsonb @> part::jsonb as verdict
    from unnest(${pairs.map(([whole]) => whole)}::text[], ${pairs.map(([, part]) => part)}::text[]) with ordinality
      pairs(whole, part, position)
    order by position`;
  return rows.map(({ verdict }) => verdict);
}

const written = (pairs: readonly Pair[]) =>
  pairs.map(([whole, part]) => [JSON.stringify(whole), JSON.stringify(part)] as const);

const KEYS = ['a', 'b', '__proto__', 'constructor', ''];
const PLAIN: unknown[] = [
  0,
  -0,
  1,
  1.5,
  -1,
  1e21,
  1e-7,
  '',
  '0',
  '1',
  'a',
  'A',
  'é',
  'e\u0301',
  true,
  false,
  null,
];
const { json } = fc.letrec<{ json: unknown }>((tie) => ({
  json: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    fc.constantFrom(...PLAIN, [], {}),
    fc.array(tie('json'), { maxLength: 4 }),
    fc.array(fc.tuple(fc.constantFrom(...KEYS), tie('json')), { maxLength: 3 }).map(Object.fromEntries),
  ),
}));
const object = fc.array(fc.tuple(fc.constantFrom(...KEYS), json), { maxLength: 3 }).map(Object.fromEntries);

/** A value that is contained, or nearly: members and items left out, doubled, reordered, and sometimes one added. */
function partOf(value: unknown, numbers: Iterator<number>): unknown {
  const next = (limit: number) => Number(numbers.next().value ?? 0) % limit;
  if (Array.isArray(value)) {
    const items = value.filter(() => next(3) > 0).map((item) => partOf(item, numbers));
    const more = next(4) === 0 ? items.slice(0, 1) : next(12) === 0 ? [PLAIN[next(PLAIN.length)]] : [];
    return next(2) === 0 ? [...items, ...more].reverse() : [...more, ...items];
  }
  if (typeof value !== 'object' || value === null) return next(15) === 0 ? [value] : value;
  const members = Object.entries(value).filter(() => next(3) > 0);
  return Object.fromEntries(members.map(([key, member]) => [key, partOf(member, numbers)]));
}

const wholeAndPart: fc.Arbitrary<Pair> = fc
  .tuple(object, fc.array(fc.nat(1_000), { maxLength: 40 }))
  .map(([whole, numbers]) => [whole, partOf(whole, numbers.values())]);
const pair: fc.Arbitrary<Pair> = fc.oneof(
  { weight: 3, arbitrary: wholeAndPart },
  { weight: 1, arbitrary: fc.tuple(object, object) },
  // These lists are long enough for the lookup in a set.
  {
    weight: 2,
    arbitrary: fc
      .tuple(fc.array(json, { minLength: 8, maxLength: 30 }), fc.array(fc.nat(1_000), { maxLength: 90 }))
      .map(([a, numbers]): Pair => [{ a }, partOf({ a }, numbers.values())]),
  },
);

describe('containment in memory', () => {
  it('is what Postgres says', async () => {
    const seen = { true: 0, false: 0 };
    await fc.assert(
      fc.asyncProperty(fc.array(pair, { minLength: 100, maxLength: 100 }), async (pairs) => {
        const expected = await verdicts(written(pairs));
        for (const [index, [whole, part]] of pairs.entries()) {
          expect([whole, part, contains(whole, part)]).toEqual([whole, part, expected[index]]);
          seen[`${expected[index] as boolean}`] += 1;
        }
      }),
      { numRuns: 30 },
    );
    expect(Math.min(seen.true, seen.false)).toBeGreaterThan(300);
  });

  const NUMBERS = Array.from({ length: 50 }, (_, index) => index);
  it.each<[name: string, whole: string, part: string]>([
    ['numbers written in other ways', '{"a":[1,10,0.5,100]}', '{"a":[1.0,1e1,5e-1,1.0e2,0.1e1]}'],
    ['minus zero', '{"a":[0]}', '{"a":[-0,-0.0,0e5]}'],
    ['a number and its text', '{"a":[1,"2"]}', '{"a":["1"]}'],
    ['a text that a list has, without the list', '{"a":["x","y"]}', '{"a":"x"}'],
    ['a list of one, without the list around', '{"a":"x"}', '{"a":["x"]}'],
    ['an item more often than it is there', '{"a":[1,2]}', '{"a":[2,2,1,1,1]}'],
    ['an empty list in a list', '{"a":[1,2]}', '{"a":[]}'],
    ['an empty list in an object', '{"a":{}}', '{"a":[]}'],
    ['an empty object in a list', '{"a":[]}', '{"a":{}}'],
    ['an empty object among the items', '{"a":[[1],{"b":1}]}', '{"a":[{}]}'],
    ['an empty list among the items', '{"a":[{"b":1}]}', '{"a":[[]]}'],
    ['two objects in one item', '{"a":[{"b":1,"c":2}]}', '{"a":[{"b":1},{"c":2}]}'],
    ['two members in two items', '{"a":[{"b":1},{"c":2}]}', '{"a":[{"b":1,"c":2}]}'],
    ['lists in lists', '{"a":[[1,[2,3]],[4]]}', '{"a":[[[3]],[4],[[2],1]]}'],
    ['a level more', '{"a":[[1]]}', '{"a":[1]}'],
    ['a level less', '{"a":[1]}', '{"a":[[1]]}'],
    ['null and nothing', '{"a":1}', '{"b":null}'],
    ['a null among the items', '{"a":[null]}', '{"a":[null,null]}'],
    ['the last of two members of one name', '{"a":[{"b":1,"b":2}]}', '{"a":[{"b":2}]}'],
    ['many, in reverse', JSON.stringify({ a: NUMBERS }), JSON.stringify({ a: NUMBERS.toReversed() })],
    [
      'many, and one that is not there',
      JSON.stringify({ a: NUMBERS }),
      JSON.stringify({ a: [...NUMBERS, 50] }),
    ],
    [
      'many objects, in reverse',
      JSON.stringify({ a: NUMBERS.map((b) => ({ b, c: [b] })) }),
      JSON.stringify({ a: NUMBERS.map((b) => ({ c: [b], b })).reverse() }),
    ],
    [
      'many of each kind',
      JSON.stringify({ a: NUMBERS.flatMap((b) => [b, `${b}`, [b], { b }]) }),
      JSON.stringify({ a: NUMBERS.flatMap((b) => [{ b }, [b], `${b}`, b]).reverse() }),
    ],
    [
      'many, and one of another kind',
      JSON.stringify({ a: NUMBERS.map((b) => [b]) }),
      JSON.stringify({ a: [...NUMBERS.map((b) => [b]), 7] }),
    ],
  ])('is what Postgres says of %s', async (_, whole, part) => {
    const [verdict] = await verdicts([[whole, part]]);
    expect(contains(JSON.parse(whole), JSON.parse(part))).toBe(verdict);
  });

  it.each([
    ['numbers', (n: number) => n],
    ['texts', (n: number) => `${n}`],
  ])('of 200,000 %s in reverse takes less than 5 s: each with each they would take minutes', (_, make) => {
    const a = Array.from({ length: 200_000 }, (_each, index) => make(index));
    const began = performance.now();
    expect(contains({ a }, { a: a.toReversed() })).toBe(true);
    expect(contains({ a }, { a: [...a.toReversed(), 'none'] })).toBe(false);
    expect(performance.now() - began).toBeLessThan(5_000);
  });
});
