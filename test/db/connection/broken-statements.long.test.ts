import { setTimeout as sleep } from 'node:timers/promises';
import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Database, openDatabase } from '../../../src/db/database.js';
import { databaseErrorCode, isDatabaseAway } from '../../../src/foundation/unavailable.js';
import { createTestDatabase, type TestDatabase } from '../../support/postgres.js';
import { onServer } from '../../support/server.js';

let test: TestDatabase;
let database: Database;
beforeAll(async () => {
  test = await createTestDatabase();
  database = await openDatabase({ url: test.url, poolSize: 3, timeout: 10 });
  await database.db.execute(sql`create table numbers (id int primary key, tenant text not null)`);
});
afterAll(async () => {
  await database.close();
  await test.drop();
});

/** Fails after its first rows were sent: they exceed the server's buffer. */
const FAILS_AMONG_ROWS = sql`select repeat('x', 9000), 1/(4-i) from generate_series(1, 10) i`;

const codeOf = (error: unknown) => databaseErrorCode(error) ?? 'none';

it('answers with its own rows after a statement on the same connection failed among its rows', async () => {
  for (let round = 0; round < 5; round += 1) {
    expect(await database.db.execute(FAILS_AMONG_ROWS).then(() => 'done', codeOf)).toBe('22012');
    for (let next = 0; next < 3; next += 1) {
      const rows = await database.db.execute(sql`select 'mine' as owner`);
      expect([...rows]).toEqual([{ owner: 'mine' }]);
      const values = await database.db.select({ owner: sql<string>`'mine'` }).from(sql`(select 1) as one`);
      expect(values).toEqual([{ owner: 'mine' }]);
    }
  }
});

it('answers with its own rows after a failure among rows inside a transaction', async () => {
  const failing = database.transaction(async (tx) => {
    await tx.execute(sql`select 1`);
    await tx.execute(FAILS_AMONG_ROWS);
  });
  expect(await failing.then(() => 'done', codeOf)).toBe('22012');
  for (let next = 0; next < 4; next += 1) {
    expect([...(await database.db.execute(sql`select 'mine' as owner`))]).toEqual([{ owner: 'mine' }]);
  }
});

it('never runs a statement of a transaction outside it after the connection was lost', async () => {
  const write = (tx: Pick<Database['db'], 'execute'>, id: number) =>
    tx.execute(sql`insert into numbers values (${id}::int, 'late')`);
  let tried = (_outcome: unknown) => {};
  const second = new Promise((resolve) => {
    tried = resolve;
  });
  const broken = database.transaction(async (tx) => {
    const [row] = await tx.execute<{ pid: number }>(sql`select pg_backend_pid() as pid`);
    await write(tx, 1);
    await onServer(test.url, (admin) => admin`select pg_terminate_backend(${row?.pid ?? 0})`);
    await sleep(50);
    // By then the connection serves other requests again.
    await Promise.all([1, 2, 3, 4].map(() => database.db.execute(sql`select 1`).catch(() => {})));
    tried(await write(tx, 2).then(() => 'written', isDatabaseAway));
    await write(tx, 3);
  });
  expect(await broken.then(() => 'committed', isDatabaseAway)).toBe(true);
  expect(await second).toBe(true);
  expect([...(await database.db.execute(sql`select id from numbers where tenant = 'late'`))]).toEqual([]);
});

it('runs nothing in a finished transaction', async () => {
  let kept: Pick<Database['db'], 'execute'> | undefined;
  await database.transaction(async (tx) => {
    kept = tx;
    await tx.execute(sql`select 1`);
  });
  const late = kept?.execute(sql`insert into numbers values (9, 'over')`);
  expect(
    await Promise.resolve(late).then(
      () => 'written',
      () => 'refused',
    ),
  ).toBe('refused');
  expect([...(await database.db.execute(sql`select id from numbers where tenant = 'over'`))]).toEqual([]);
});

/** All ways in which a statement can break among its rows. */
const BREAKS: Record<string, (tenant: string) => Promise<unknown>> = {
  'by the server': () => database.db.execute(FAILS_AMONG_ROWS),
  'by its own time limit': (tenant) =>
    database.transaction(async (tx) => {
      await tx.execute(sql`set local statement_timeout = 20`);
      await tx.execute(
        sql`select ${tenant}::text, repeat('t', 9000), pg_sleep(0.005) from generate_series(1, 40)`,
      );
    }),
  'with its backend': (tenant) =>
    database.db.execute(sql`select ${tenant}::text, repeat('k', 9000),
      case when i = 5 then pg_terminate_backend(pg_backend_pid()) end from generate_series(1, 10) i`),
  'by being cancelled': (tenant) =>
    database.db.execute(sql`select ${tenant}::text, repeat('c', 9000),
      case when i = 5 then pg_cancel_backend(pg_backend_pid()) end, pg_sleep(0.001) from generate_series(1, 10) i`),
};

it("gives each tenant its own rows or an error, while other tenants' statements break", async () => {
  const counts: Record<string, number> = { right: 0, away: 0 };
  const look = async (tenant: string, round: number) => {
    const size = (round % 7) + 1;
    const expected = Array.from({ length: size }, (_, index) => ({ tenant, round, index: index + 1 }));
    const select = (db: Pick<Database['db'], 'select'>) =>
      db
        .select({
          tenant: sql<string>`${tenant}::text`,
          round: sql<number>`${round}::int`,
          index: sql<number>`i`,
        })
        .from(sql`generate_series(1, ${size}::int) i`);
    const read = round % 3 === 0 ? database.transaction((tx) => select(tx)) : select(database.db);
    try {
      expect(await read).toEqual(expected);
      counts.right = (counts.right ?? 0) + 1;
    } catch (error) {
      if (!isDatabaseAway(error)) throw error;
      counts.away = (counts.away ?? 0) + 1;
    }
  };
  const reader = async (tenant: string) => {
    for (let round = 0; round < 150; round += 1) await look(tenant, round);
  };
  let isOver = false;
  const breaker = async (name: string, breaks: (tenant: string) => Promise<unknown>) => {
    for (let round = 0; !isOver; round += 1) {
      const failed = await breaks(`breaker ${round}`).then(
        () => false,
        () => true,
      );
      expect(failed, `a statement that is broken ${name} fails`).toBe(true);
      await sleep(25);
    }
  };
  const breakers = Object.entries(BREAKS).map(([name, breaks]) => breaker(name, breaks));
  try {
    await Promise.all(['a', 'b', 'c', 'd', 'e'].map(reader));
  } finally {
    isOver = true;
  }
  await Promise.all(breakers);
  expect(counts.right, JSON.stringify(counts)).toBeGreaterThan(200);
  expect(database.pool()).toMatchObject({ inUse: 0, waiting: 0 });
});
