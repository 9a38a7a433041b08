import { eq, sql } from 'drizzle-orm';
import { integer, jsonb, pgTable, text } from 'drizzle-orm/pg-core';
import { drizzle } from 'drizzle-orm/postgres-js';
import postgres from 'postgres';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Database, openDatabase } from '../../src/db/database.js';
import { instant } from '../../src/db/tables/columns.js';
import { createTestDatabase, type TestDatabase } from '../support/postgres.js';

const owners = pgTable('owners', { id: integer(), name: text(), born: instant(), more: jsonb() });
const things = pgTable('things', { id: integer(), ownerId: integer(), name: text() });

let test: TestDatabase;
let ours: Database;
let plain: postgres.Sql;
beforeAll(async () => {
  test = await createTestDatabase();
  ours = await openDatabase({ url: test.url, poolSize: 1 });
  plain = postgres(test.url, { max: 1, onnotice: () => {} });
  await plain`create table owners (id int, name text, born timestamptz(3), more jsonb)`;
  await plain`create table things (id int, owner_id int, name text)`;
  await plain`insert into owners values (1, 'a', '1950-03-04T05:06:07.08Z', '{"b": [1, null]}'), (2, null, null, null)`;
  await plain`insert into things values (1, 1, 'x'), (2, 2, null), (3, 9, 'no owner')`;
});
afterAll(async () => {
  await plain.end();
  await ours.close();
  await test.drop();
});

const { id, name } = things;
const isOwner = eq(things.ownerId, owners.id);
/** Each way of writing what is selected, by both sessions. */
const SELECTIONS: Record<string, (db: Database['db']) => PromiseLike<unknown[]>> = {
  'a table': (db) => db.select().from(owners).orderBy(owners.id),
  'expressions among columns': (db) =>
    db
      .select({ id, twice: sql<number>`${id} * 2`, born: sql`now()`.mapWith(() => 'mapped').as('at') })
      .from(things),
  'objects and a value beside them': (db) =>
    db
      .select({ owner: owners, thing: { name, id }, two: sql<number>`2` })
      .from(things)
      .innerJoin(owners, isOwner),
  'one object alone': (db) => db.select({ owner: owners }).from(owners).orderBy(owners.id),
  'a side that may be missing': (db) =>
    db.select({ thing: { id, name }, owner: owners }).from(things).leftJoin(owners, isOwner).orderBy(id),
};

describe('rows are those that Drizzle makes', () => {
  it.each(Object.entries(SELECTIONS))('of %s', async (_what, select) => {
    const expected = await select(drizzle(plain, { casing: 'snake_case' }) as Database['db']);
    expect(expected.length).toBeGreaterThan(1);
    expect(await select(ours.db)).toEqual(expected);
  });

  it('with null for the side that is missing', async () => {
    const rows = await SELECTIONS['a side that may be missing']?.(ours.db);
    expect(rows?.at(-1)).toEqual({ thing: { id: 3, name: 'no owner' }, owner: null });
  });
});
