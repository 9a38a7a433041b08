import { sql } from 'drizzle-orm';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Database, openDatabase } from '../../src/db/database.js';
import { isDatabaseAway } from '../../src/foundation/unavailable.js';
import { clientOf, openGatewayOn, type TestGateway } from '../support/gateway.js';
import { createTestDatabase, type TestDatabase } from '../support/postgres.js';
import { type DatabaseProxy, openProxy } from './proxy.js';

/** Seconds; DATABASE_TIMEOUT of the gateway. */
const TIMEOUT = 2;

let test: TestDatabase;
let proxy: DatabaseProxy;
beforeEach(async () => {
  test = await createTestDatabase();
  proxy = await openProxy(test.url);
});
afterEach(async () => {
  await proxy.cut();
  await test.drop();
});

async function ended(attempt: Promise<unknown>) {
  const began = performance.now();
  const outcome = await attempt.then(
    () => 'done',
    (error) => (isDatabaseAway(error) ? 'away' : error),
  );
  return { outcome, seconds: (performance.now() - began) / 1000 };
}

describe('a database that falls silent, and closes nothing', () => {
  let database: Database;
  beforeEach(async () => {
    database = await openDatabase({ url: proxy.url, poolSize: 4, timeout: TIMEOUT });
  });
  afterEach(() => database.close());

  const one = () => Promise.resolve(database.db.execute(sql`select 1`));

  it('ends running requests within the time limit, and frees their connections', async () => {
    const nap = () => Promise.resolve(database.db.execute(sql`select pg_sleep(1.5)`));
    const under = [
      ended(nap()),
      ended(nap()),
      ended(database.transaction((tx) => tx.execute(sql`select pg_sleep(1.5)`))),
    ];
    await expect.poll(() => database.pool().inUse, { interval: 5 }).toBe(3);
    const waiting = ended(one());
    proxy.freeze();
    for (const { outcome, seconds } of await Promise.all([...under, waiting])) {
      expect(outcome).toBe('away');
      expect(seconds).toBeLessThan(TIMEOUT + 1);
    }
    expect(database.pool()).toMatchObject({ inUse: 0, waiting: 0 });
  });

  it('is answered soon after it was noticed, and served on fresh connections once there are any', async () => {
    // Idle connections do not notice that they are dead.
    await Promise.all([one(), one(), one()]);
    proxy.freeze();
    expect(await ended(one())).toMatchObject({ outcome: 'away' });
    const { outcome, seconds } = await ended(one());
    expect(outcome).toBe('away');
    expect(seconds).toBeLessThan(TIMEOUT);
    expect(await database.health()).toMatchObject({ database: 'away' });
    proxy.thaw();
    const back = await Promise.all([ended(one()), ended(one()), ended(one()), ended(one())]);
    expect(back.map((each) => each.outcome)).toEqual(['done', 'done', 'done', 'done']);
    await expect.poll(() => database.health()).toMatchObject({ database: 'ok' });
  });
});

describe('a gateway on it', () => {
  let gateway: TestGateway;
  beforeEach(async () => {
    gateway = await openGatewayOn(proxy.url, {}, undefined, 'warn', { timeout: TIMEOUT });
  });
  afterEach(() => gateway.close());

  const READ = '{ calls(first: 1) { totalCount nodes { id } } }';
  const WRITE =
    'mutation { upsertCall(input: { references: [{ system: OTHER, name: "case", value: "1" }] }) { errors { code } } }';

  it('answers each request with 503 within DATABASE_TIMEOUT, and serves again on fresh connections', async () => {
    const client = await gateway.client();
    await Promise.all([client.ask(READ), client.ask(READ), client.ask(WRITE)]);
    proxy.freeze();
    const known = await Promise.all(
      [READ, WRITE, '{ viewer { name } }'].map(async (query) => {
        const began = performance.now();
        const { status, errors } = await client.send(query);
        return {
          status,
          code: errors?.[0]?.extensions.code,
          isInTime: performance.now() - began < (TIMEOUT + 1) * 1000,
        };
      }),
    );
    const away = { status: 503, code: 'SERVICE_UNAVAILABLE', isInTime: true };
    expect(known).toEqual([away, away, away]);
    const unrelated = clientOf(gateway.url, '', 'Bearer sb_unknown');
    expect((await unrelated.send('{ viewer { name } }')).status).toBe(503);
    proxy.thaw();
    await expect.poll(async () => (await client.send(READ)).status, { timeout: 10_000 }).toBe(200);
    expect(
      (await Promise.all([client.send(READ), client.send(WRITE), client.send(READ)])).map(
        ({ status }) => status,
      ),
    ).toEqual([200, 200, 200]);
  });
});
