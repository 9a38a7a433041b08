import { randomBytes } from 'node:crypto';
import { sql } from 'drizzle-orm';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { unanalyzedTables } from '../../src/db/analyze.js';
import { type Database, openDatabase } from '../../src/db/database.js';
import { migrate } from '../../src/db/migrate.js';
import { createTestDatabase, type TestDatabase } from '../support/postgres.js';
import { onServer } from '../support/server.js';

let test: TestDatabase;
let database: Database;

beforeEach(async () => {
  test = await createTestDatabase();
  database = await openDatabase({ url: test.url, poolSize: 2 });
  await database.db.execute(
    sql`create table filled (n integer, text text) with (autovacuum_enabled = false)`,
  );
});
afterEach(async () => {
  await database.close();
  await test.drop();
});

const found = async () => (await unanalyzedTables(database.db)).map(({ name }) => name);
const untilFound = () => expect.poll(found, { timeout: 60_000 }).toEqual(['filled']);
const fill = (rows: number) =>
  database.db.transaction(async (tx) => {
    await tx.execute(
      sql`insert into filled select n, repeat('x', 200) from generate_series(1, ${rows}::int) n`,
    );
    // Else the changes may be counted after the table is analysed.
    await tx.execute(sql`select pg_stat_force_next_flush()`);
  });

it('a start analyses a table that was filled, and leaves the others', async () => {
  await migrate(test.url);
  expect(await found()).toEqual([]);
  await fill(20_000);
  await untilFound();
  await migrate(test.url);
  expect(await found()).toEqual([]);
  const [row] = await database.db.execute(
    sql`select count(*)::int as columns, max(c.reltuples) as rows from pg_stats s join pg_class c on c.oid = 'filled'::regclass
      where s.tablename = 'filled'`,
  );
  expect(row).toMatchObject({ columns: 2, rows: 20_000 });
  // Few more say nothing new.
  await fill(1_000);
  await migrate(test.url);
  const [again] = await database.db.execute(
    sql`select reltuples as rows from pg_class where relname = 'filled'`,
  );
  expect(again).toMatchObject({ rows: 20_000 });
});

it('a start analyses what a restore has filled, whose counters may be gone', async () => {
  await fill(20_000);
  await untilFound();
  await database.db.execute(sql`select pg_stat_reset()`);
  await untilFound();
  await migrate(test.url);
  expect(await found()).toEqual([]);
});

it('only one process analyses at a time, and a start does not wait for it', async () => {
  await fill(20_000);
  await untilFound();
  await database.db.transaction(async (tx) => {
    await tx.execute(sql`select pg_advisory_xact_lock(7301944113)`);
    await migrate(test.url);
  });
  expect(await found()).toEqual(['filled']);
});

it('a start does not wait long for a table that is locked', async () => {
  await fill(20_000);
  await untilFound();
  await database.db.transaction(async (tx) => {
    await tx.execute(sql`lock table filled in share update exclusive mode`);
    await migrate(test.url);
  });
  expect(await found()).toEqual(['filled']);
  await migrate(test.url);
  expect(await found()).toEqual([]);
});

it('a role that does not own the tables may start', async () => {
  const role = `poor_${randomBytes(4).toString('hex')}`;
  await fill(20_000);
  await untilFound();
  await onServer(test.url, async (client) => {
    await client.unsafe(`create role ${role} login password 'poor'`);
    await client.unsafe(`grant select, insert, update, delete on all tables in schema public to ${role}`);
  });
  try {
    const url = new URL(test.url);
    Object.assign(url, { username: role, password: 'poor' });
    await migrate(url.href);
    expect(await found()).toEqual(['filled']);
  } finally {
    await onServer(test.url, async (client) => {
      await client.unsafe(`drop owned by ${role}`);
      await client.unsafe(`drop role ${role}`);
    });
  }
});
