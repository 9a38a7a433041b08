import { readFileSync } from 'node:fs';
import { getTableName, sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Database, openDatabase } from '../../src/db/database.js';
import { TABLES_OF_ORGANIZATION } from '../../src/identity/organization-deletion.service.js';
import { createTestDatabase, type TestDatabase } from '../support/postgres.js';

let test: TestDatabase;
let database: Database;

beforeAll(async () => {
  test = await createTestDatabase();
  database = await openDatabase({ url: test.url, poolSize: 2 });
});
afterAll(async () => {
  await database.close();
  await test.drop();
});

const folder = new URL('../../src/db/functions/', import.meta.url);
const erasing = ['erase-calls.sql', 'erase-events.sql'].map((file) =>
  readFileSync(new URL(file, folder), 'utf8'),
);
const isErased = (table: string) => erasing.some((text) => new RegExp(`DELETE FROM ${table} `).test(text));

/** By foreign keys that do not erase by themselves. */
async function referringTo(table: string): Promise<string[]> {
  const rows = await database.db.execute<{ name: string }>(sql`
    select distinct k.conrelid::regclass::text as name from pg_constraint k
    where k.contype = 'f' and k.conparentid = 0 and k.confrelid = ${table}::regclass and k.confdeltype <> 'c' and k.conrelid <> k.confrelid`);
  return rows.map(({ name }) => name);
}

describe('an erased call', () => {
  it('takes along the rows of every table that refers to calls, or to what is erased with them', async () => {
    const seen = new Set<string>();
    const left = ['calls', 'call_events'];
    for (let table = left.pop(); table !== undefined; table = left.pop()) {
      for (const other of await referringTo(table)) {
        if (!seen.has(other)) left.push(other);
        seen.add(other);
      }
    }
    expect(seen.size).toBeGreaterThan(10);
    expect([...seen].filter((table) => !isErased(table))).toEqual([]);
  });

  it('takes along the rows of every table that has its id without a foreign key', async () => {
    const rows = await database.db.execute<{ name: string }>(sql`
      select c.relname as name from pg_class c join pg_attribute a on a.attrelid = c.oid
      where c.relkind in ('r', 'p') and not c.relispartition and c.relnamespace = 'public'::regnamespace and a.attname = 'call_id' and not a.attisdropped
        and not exists (select from pg_constraint k where k.conrelid = c.oid and k.contype = 'f' and k.confdeltype = 'c')`);
    expect(rows.length).toBeGreaterThan(10);
    expect(rows.map(({ name }) => name).filter((table) => !isErased(table))).toEqual([]);
  });
});

describe('a deleted organization', () => {
  it('takes along the rows of every table', async () => {
    const rows = await database.db.execute<{ name: string }>(sql`
      select c.relname as name from pg_class c join pg_attribute a on a.attrelid = c.oid
      where c.relkind in ('r', 'p') and not c.relispartition and c.relnamespace = 'public'::regnamespace and a.attname = 'organization_id'`);
    const all = [...TABLES_OF_ORGANIZATION.map(getTableName), 'organizations'];
    expect(all.toSorted()).toEqual(rows.map(({ name }) => name).toSorted());
  });
});
