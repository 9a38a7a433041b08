import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { newAccount, runFor } from '../../../src/db/connection/account.js';
import { type Database, openDatabase } from '../../../src/db/database.js';
import { databaseErrorCode, isDatabaseAway } from '../../../src/foundation/unavailable.js';
import { openProxy } from '../../errors/proxy.js';
import { createTestDatabase, type TestDatabase } from '../../support/postgres.js';

let test: TestDatabase;
let database: Database;
beforeAll(async () => {
  test = await createTestDatabase();
  database = await openDatabase({ url: test.url, poolSize: 3, timeout: 3 });
  await database.db.execute(sql`create table notes (id int)`);
});
afterAll(async () => {
  await database.close();
  await test.drop();
});

const nap = (seconds: number) => database.db.execute(sql`select pg_sleep(${seconds}::float8)`);
/** Occupies all connections for so many seconds. */
async function takeAll(seconds: number): Promise<{ over: Promise<unknown> }> {
  const over = Promise.all([nap(seconds), nap(seconds)]);
  await expect.poll(() => load().inUse, { interval: 1 }).toBe(2);
  return { over };
}
const load = () => {
  const { inUse, waiting } = database.pool();
  return { inUse, waiting };
};

it('gives each statement its own connection, and queues the rest', async () => {
  const naps = Promise.all([nap(0.2), nap(0.2), nap(0.01)]);
  await expect.poll(load, { interval: 1 }).toEqual({ inUse: 2, waiting: 1 });
  await naps;
  expect(load()).toEqual({ inUse: 0, waiting: 0 });
});

const napFor = (key: string, organization: string, seconds = 0.2) =>
  runFor(newAccount(organization, key), () => nap(seconds));

it('serves a later key before the long queue of another', async () => {
  const over: string[] = [];
  const begin = (organization: string, key: string) =>
    napFor(key, organization).then(() => over.push(`${organization} ${key}`));
  const greedy = Array.from({ length: 4 }, () => begin('a', 'greedy'));
  const modest = [begin('a', 'modest'), begin('b', 'modest')];
  await Promise.all([...greedy, ...modest]);
  expect(over.slice(0, 2)).toEqual(['a greedy', 'a greedy']);
  expect(over.slice(2, 4).toSorted()).toEqual(['a modest', 'b modest']);
});

it('leaves half of the connections to other active keys', async () => {
  await napFor('modest', 'a', 0);
  const naps = Promise.all([napFor('greedy', 'a'), napFor('greedy', 'a'), napFor('greedy', 'a')]);
  await expect.poll(load, { interval: 1 }).toEqual({ inUse: 1, waiting: 2 });
  await napFor('modest', 'a', 0);
  await naps;
});

it('counts the statements', async () => {
  const before = database.pool().statements;
  await database.db.execute(sql`select 1`);
  await database.transaction(async (tx) => {
    await tx.execute(sql`select 1`);
    await tx.execute(sql`select 1`);
  });
  expect(database.pool().statements - before).toBe(3);
});

it('returns the same rows after a wait as without one', async () => {
  const read = () => database.db.select({ a: sql<number>`1` }).from(sql`(select 1) as one`);
  await takeAll(0.1);
  const [selected, executed] = await Promise.all([read(), database.db.execute(sql`select 2 as b`)]);
  expect(selected).toEqual([{ a: 1 }]);
  expect([...executed]).toEqual([{ b: 2 }]);
});

it('refuses a statement that has waited a third of the timeout, and never sends it', async () => {
  const { over } = await takeAll(2.5);
  const began = performance.now();
  const write = database.db.execute(sql`insert into notes values (1)`).catch((error) => error);
  const transaction = database
    .transaction((tx) => tx.execute(sql`insert into notes values (2)`))
    .catch((error) => error);
  const errors = await Promise.all([write, transaction]);
  const waited = performance.now() - began;
  expect(errors.map((error) => [databaseErrorCode(error), isDatabaseAway(error)])).toEqual([
    ['POOL_TIMEOUT', true],
    ['POOL_TIMEOUT', true],
  ]);
  expect(waited).toBeGreaterThan(900);
  expect(waited).toBeLessThan(2_000);
  await over;
  expect([...(await database.db.execute(sql`select * from notes`))]).toEqual([]);
  expect(load()).toEqual({ inUse: 0, waiting: 0 });
});

it('leaves a statement only the rest of the timeout after its wait', async () => {
  const { over } = await takeAll(0.6);
  const timeout = sql`select current_setting('statement_timeout') as timeout`;
  const limits = Promise.all([
    database.db.execute(timeout),
    database.transaction((tx) => tx.execute(timeout)),
  ]);
  await over;
  for (const [row] of await limits) expect(String(row?.timeout)).toMatch(/^(1[7-9]|2[0-1])\d\dms$/);
  const [free] = await database.db.execute(timeout);
  expect(free?.timeout).toBe('2700ms');
});

it('survives when connections are cut during waiting statements', async () => {
  const proxy = await openProxy(test.url);
  const cut = await openDatabase({ url: proxy.url, poolSize: 3, timeout: 3 });
  const inUse = () => cut.pool().inUse;
  const napping = (seconds: number) => sql`select pg_sleep(${seconds}::float8)`;
  const first = Promise.all([cut.db.execute(napping(0.5)), cut.db.execute(napping(0.5))]);
  await expect.poll(inUse, { interval: 1 }).toBe(2);
  const isAway = (each: Promise<unknown>) => each.then(() => 'done', isDatabaseAway);
  const waited = [
    isAway(cut.db.execute(napping(30))),
    isAway(cut.transaction((tx) => tx.execute(napping(30)))),
  ];
  await expect.poll(() => cut.pool().waiting, { interval: 1 }).toBe(2);
  await first;
  await expect
    .poll(
      () =>
        database.db.execute(sql`select from pg_stat_activity
        where datname = current_database() and state = 'active' and query like 'select pg_sleep%'`),
      { interval: 10 },
    )
    .toHaveLength(2);
  await proxy.cut();
  expect(await Promise.all(waited)).toEqual([true, true]);
  await proxy.restore();
  await expect.poll(() => isAway(cut.db.execute(sql`select 1`))).toBe('done');
  expect(cut.pool()).toMatchObject({ inUse: 0, waiting: 0 });
  await cut.close();
  await proxy.cut();
});

it('leaves a connection with many prepared statements', async () => {
  const most = sql<{ most: number }>`select count(*)::int as most from pg_prepared_statements`;
  const counts: number[] = [];
  for (let index = 0; index < 700; index += 1) {
    const statement = database.db
      .select({ it: sql`${sql.raw(`${index}`)}::int` })
      .from(sql`generate_series(1, ${sql.placeholder('to')}::int) n`);
    await statement.prepare(`s${index}`).execute({ to: 1 });
    if (index % 50 === 0) counts.push(Number((await database.db.execute(most))[0]?.most));
  }
  expect(Math.max(...counts)).toBeGreaterThan(200);
  expect(Math.max(...counts)).toBeLessThanOrEqual(310);
});
