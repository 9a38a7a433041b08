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

it('is one statement for all who come while another runs, and sees who was revoked by then', async () => {
  const [database, other] = [await open(3), await open(1)];
  const keys = new ApiKeyService(database);
  const key = { organization: 'held', kind: 'APP' as const, staffUid: null, expiresAt: null };
  const create = (name: string) => keys.create({ ...key, name, scopes: ['CALLS_READ'] });
  const [first, revoked, kept] = [await create('first'), await create('revoked'), await create('kept')];
  const identity = new IdentityService(database);
  for (const { token } of [first, revoked, kept])
    expect(await identity.viewerOf(token)).toMatchObject({ organization: { slug: 'held' } });
  const before = database.pool().statements;
  let waiting: Promise<unknown> = Promise.resolve();
  const asked = () => Promise.all([first, revoked, kept].map(({ token }) => identity.viewerOf(token)));
  const unknown = () => identity.viewerOf('unknown');
  let running: Promise<unknown> = Promise.resolve();
  await other.transaction(async (tx) => {
    await tx.execute(sql`lock table api_keys in access exclusive mode`);
    running = identity.viewerOf(first.token);
    const isHeld = sql<{ held: boolean }>`select exists (
      select from pg_locks where relation = 'api_keys'::regclass and not granted) as held`;
    while (!(await tx.execute<{ held: boolean }>(isHeld))[0]?.held);
    waiting = Promise.all([asked(), unknown(), asked()]);
    await tx.execute(sql`update api_keys set revoked_at = clock_timestamp() where id = ${revoked.id}`);
  });
  expect(await running).toMatchObject({ name: 'first' });
  const found = [{ name: 'first' }, null, { name: 'kept' }];
  expect(await waiting).toMatchObject([found, null, found]);
  expect(database.pool().statements - before).toBe(2);
});

it('works with a single connection', async () => {
  const database = await open(1);
  expect(await new IdentityService(database).viewerOf('nobody')).toBeNull();
  const [row] = await database.db.execute<{ count: string }>(sql`
    select count(*) from pg_stat_activity where datname = current_database() and pid = pg_backend_pid()`);
  expect(row?.count).toBe('1');
  expect(database.signInDb).toBe(database.db);
});
