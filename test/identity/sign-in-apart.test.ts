import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Database, openDatabase } from '../../src/db/database.js';
import { ApiKeyService } from '../../src/identity/api-key.service.js';
import { IdentityService } from '../../src/identity/identity.service.js';
import { createTestDatabase, type TestDatabase } from '../support/postgres.js';

let test: TestDatabase;
const opened: Database[] = [];
const open = async (poolSize: number) => {
  const database = await openDatabase({ url: test.url, poolSize });
  opened.push(database);
  return database;
};

beforeAll(async () => {
  test = await createTestDatabase();
});
afterAll(async () => {
  for (const database of opened) await database.close();
  await test.drop();
});

const LOCK = sql`select pg_advisory_xact_lock(4711)`;

it('signs in while every other connection is busy', async () => {
  const [database, other] = [await open(3), await open(1)];
  const key = { organization: 'demo', name: 'ours', kind: 'APP' as const, staffUid: null, expiresAt: null };
  await database.db.execute(sql`insert into organizations (organization_id, slug, name)
    values (gen_random_uuid(), 'demo', 'demo')`);
  const { token } = await new ApiKeyService(database).create({ ...key, scopes: ['CALLS_READ'] });
  const identity = new IdentityService(database);
  const waiting: PromiseLike<unknown>[] = [];
  let isOver = false;
  await other.transaction(async (tx) => {
    await tx.execute(LOCK);
    for (let each = 0; each < 4; each += 1)
      waiting.push(database.db.execute(LOCK).then(() => (isOver = true)));
    expect(await identity.viewerOf(token)).toMatchObject({ name: 'ours' });
    expect(isOver).toBe(false);
  });
  await Promise.all(waiting);
  expect(isOver).toBe(true);
});

it('works with a single connection', async () => {
  const database = await open(1);
  expect(await new IdentityService(database).viewerOf('nobody')).toBeNull();
  const [row] = await database.db.execute<{ count: string }>(sql`
    select count(*) from pg_stat_activity where datname = current_database() and pid = pg_backend_pid()`);
  expect(row?.count).toBe('1');
  expect(database.signInDb).toBe(database.db);
});
