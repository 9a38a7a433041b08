import { sql } from 'drizzle-orm';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type Account, runFor, startNow } from '../../../src/db/connection/account.js';
import { Answers, AnswerTooLarge } from '../../../src/db/connection/answers.js';
import { type Database, openDatabase } from '../../../src/db/database.js';
import { createTestDatabase, type TestDatabase } from '../../support/postgres.js';

const MOST = 500_000;

let test: TestDatabase;
let database: Database;
beforeAll(async () => {
  test = await createTestDatabase();
  database = await openDatabase({ url: test.url, poolSize: 2 });
  await database.db.execute(sql`create table written (n int)`);
});
afterAll(async () => {
  await database.close();
  await test.drop();
});

const answers = new Answers({ answerMaxBytes: MOST, answersMaxBytes: 100 * MOST });
let account: Account;
const opened = () => {
  account = answers.open('a', 'key');
  return account;
};
afterEach(async () => {
  account.release();
  expect(answers.memory.held).toBe(0);
  // The connection was replaced.
  expect([...(await database.db.execute(sql`select 1 as one`))]).toEqual([{ one: 1 }]);
});

const rows = (count: number, bytes: number) =>
  sql`select repeat('x', ${bytes}::int) as text from generate_series(1, ${count}::int)`;

describe('a statement whose rows have too many bytes', () => {
  it.each([
    ['one row', 1, 2 * MOST],
    ['a few rows', 7, MOST / 4],
    ['many rows', 20_000, 5_000],
  ])('is refused: %s', async (_, count, bytes) => {
    const reading = runFor(opened(), () => database.db.execute(rows(count, bytes)));
    await expect(reading).rejects.toMatchObject({ cause: expect.any(AnswerTooLarge) });
    expect(account.arrived).toBeLessThan(40 * MOST);
  });

  it('rolls back its transaction', async () => {
    const writing = database.transaction(async (tx) => {
      await tx.execute(sql`insert into written values (1)`);
      await tx.execute(rows(4, MOST / 2));
    }, opened());
    await expect(writing).rejects.toMatchObject({ cause: expect.any(AnswerTooLarge) });
    expect(await database.db.execute(sql`select from written where n = 1`)).toHaveLength(0);
  });

  it('completes if it is a single-statement write', async () => {
    const write = sql`with made as (insert into written select 2 from generate_series(1, 10) returning n)
      select n, repeat('x', ${MOST}::int) from made`;
    const written = await database.statement(() => startNow(database.db.execute(write)), opened());
    expect(written).toHaveLength(10);
    expect(await database.db.execute(sql`select from written where n = 2`)).toHaveLength(10);
    await expect(runFor(account, () => database.db.execute(rows(1, 1)))).rejects.toThrow(AnswerTooLarge);
  });
});
