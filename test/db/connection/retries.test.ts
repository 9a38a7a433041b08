import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { chargedTo, currentAccount, newAccount } from '../../../src/db/connection/account.js';
import { type Database, openDatabase, type Transaction } from '../../../src/db/database.js';
import { databaseErrorCode } from '../../../src/foundation/unavailable.js';
import { createTestDatabase, type TestDatabase } from '../../support/postgres.js';

let test: TestDatabase;
let database: Database;
beforeAll(async () => {
  test = await createTestDatabase();
  database = await openDatabase({ url: test.url, poolSize: 4 });
  await database.db.execute(sql`create table tries (id int primary key, count int not null)`);
});
beforeEach(async () => {
  await database.db.execute(sql`truncate tries`);
  await database.db.execute(sql`insert into tries values (1, 0), (2, 0)`);
});
afterAll(async () => {
  await database.close();
  await test.drop();
});

const add = (tx: Transaction, id: number) =>
  tx.execute(sql`update tries set count = count + 1 where id = ${id}::int`);
const counts = async () =>
  [...(await database.db.execute(sql`select count from tries order by id`))].map(({ count }) => count);

/** Resolves after so many calls. */
function meeting(count: number): () => Promise<void> {
  let missing = count;
  let meet = () => {};
  const met = new Promise<void>((resolve) => {
    meet = resolve;
  });
  return () => {
    missing -= 1;
    if (missing <= 0) meet();
    return met;
  };
}

describe('a transaction', () => {
  it('is retried after a deadlock, and both sides count once', async () => {
    const bothHaveOne = meeting(2);
    let begun = 0;
    const crossing = (first: number, second: number) =>
      database.transaction(async (tx) => {
        begun += 1;
        await add(tx, first);
        await bothHaveOne();
        await add(tx, second);
      });
    await Promise.all([crossing(1, 2), crossing(2, 1)]);
    // Either side may be the victim once.
    expect(begun, 'one of the two was the victim').toBeGreaterThanOrEqual(3);
    expect(await counts()).toEqual([2, 2]);
  });

  it('is retried after a serialization failure, with the current data', async () => {
    let begun = 0;
    await database.transaction(async (tx) => {
      begun += 1;
      await tx.execute(sql`set transaction isolation level repeatable read`);
      await tx.execute(sql`select count from tries`);
      if (begun === 1) await database.db.execute(sql`update tries set count = 10 where id = 1`);
      await add(tx, 1);
    });
    expect(begun).toBe(2);
    expect(await counts()).toEqual([11, 0]);
  });

  it('is charged to its account at every try', async () => {
    const charged: unknown[] = [];
    const begin = vi.spyOn(database.db, 'transaction').mockImplementation(async () => {
      charged.push(currentAccount());
      if (charged.length < 3) throw Object.assign(new Error('again'), { code: '40001' });
      return null as never;
    });
    onTestFinished(() => begin.mockRestore());
    const account = newAccount('a', 'key');
    await database.transaction(async () => {}, account);
    expect(charged).toEqual([account, account, account]);
    await chargedTo(account, () => database.transaction(async () => {}));
    await database.transaction(async () => {});
    expect(charged.slice(3)).toEqual([account, null]);
  });

  it('is tried at most four times, and then fails with the cause', async () => {
    let begun = 0;
    const failing = database.transaction(async (tx) => {
      begun += 1;
      await tx.execute(sql`do $$ begin raise exception 'again' using errcode = '40001'; end $$`);
    });
    const error = await failing.catch((cause) => cause);
    expect({ begun, code: databaseErrorCode(error) }).toEqual({ begun: 4, code: '40001' });
  });

  it('is not retried after any other error, and is rolled back', async () => {
    let begun = 0;
    const failing = database.transaction(async (tx) => {
      begun += 1;
      await add(tx, 1);
      await tx.execute(sql`insert into tries values (1, 0)`);
    });
    expect(databaseErrorCode(await failing.catch((cause) => cause))).toBe('23505');
    expect(begun).toBe(1);
    expect(await counts()).toEqual([0, 0]);
  });
});
