import { afterAll, beforeAll, expect, test } from 'vitest';
import { openDatabase } from '../../src/db/database.js';
import { migrate } from '../../src/db/migrate.js';
import { createTestDatabase, type TestDatabase } from '../support/postgres.js';
import { onServer } from '../support/server.js';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.drop());

test('a migrated database answers in UTC and in ISO 8601, and ends what takes too long, whatever its own settings are', async () => {
  const name = new URL(database.url).pathname.slice(1);
  await onServer(database.url, async (sql) => {
    await sql.unsafe(`alter role current_user in database "${name}" reset all`);
    await sql.unsafe(`alter database "${name}" set timezone = 'America/New_York'`);
    await sql.unsafe(`alter database "${name}" set datestyle = 'SQL, DMY'`);
  });
  await migrate(database.url);
  const { db, close } = await openDatabase({ url: database.url, poolSize: 1 });
  const shown =
    await db.execute(`select current_setting('timezone') as timezone, current_setting('jit') as jit,
    current_setting('statement_timeout') as timeout, '1850-01-01T00:00:00Z'::timestamptz::text as time`);
  expect([...shown]).toEqual([
    { timezone: 'UTC', jit: 'off', timeout: '14s', time: '1850-01-01 00:00:00+00' },
  ]);
  await close();
});
