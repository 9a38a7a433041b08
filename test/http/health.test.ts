import { pino } from 'pino';
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { type Database, openDatabase } from '../../src/db/database.js';
import { VERSION } from '../../src/foundation/version.js';
import { createGateway, type Gateway } from '../../src/gateway.js';
import { type DatabaseProxy, openProxy } from '../errors/proxy.js';
import { createTestDatabase, type TestDatabase } from '../support/postgres.js';
import { onServer } from '../support/server.js';

let test: TestDatabase;
let proxy: DatabaseProxy;
let database: Database;
let gateway: Gateway;
let url: string;

const config = {
  port: 0,
  // A connection that is silent at the shutdown is cut off at once.
  shutdownTimeout: 0,
  bodyLimit: 1_000_000,
  metadataMaxBytes: 1_000,
  metadataMaxDepth: 32,
  metricsToken: 'tell-me',
};

beforeAll(async () => {
  test = await createTestDatabase();
  proxy = await openProxy(test.url);
});
beforeEach(async () => {
  database = await openDatabase({ url: proxy.url, poolSize: 2 });
  gateway = await createGateway({ config, database, log: pino({ level: 'silent' }) });
  ({ url } = await gateway.listen());
  return async () => {
    await gateway.close();
    await database.close();
  };
});
afterAll(async () => {
  await proxy.cut();
  await test.drop();
});

async function get(path: string, headers: Record<string, string> = {}) {
  const response = await fetch(new URL(path, url), { headers });
  return { status: response.status, headers: response.headers, text: await response.text() };
}

/** What is ready, after the briefly cached answer has expired. */
const ready = async () => {
  const { status, text } = await get('/health/ready');
  const { version, ...report } = JSON.parse(text);
  expect(version).toBe(VERSION);
  return { status, ...report };
};
const untilReady = (expected: object) => expect.poll(ready, { timeout: 5_000 }).toEqual(expected);

const checks = { database: 'ok', migrations: 'ok', log: 'ok', draining: false };
const READY = { status: 'ready', checks };

describe('/health/ready', () => {
  it('reports that it is ready', async () => {
    await untilReady({ ...READY, status: 'ready' });
    const { status, headers } = await get('/health/ready');
    expect(status).toBe(200);
    expect(headers.get('cache-control')).toBe('no-store');
  });

  it('says that the database is away, soon, and that it is back', async () => {
    await untilReady(READY);
    await proxy.cut();
    await untilReady({ status: 'not ready', checks: { ...checks, database: 'away', migrations: 'unknown' } });
    const began = performance.now();
    expect((await get('/health/ready')).status).toBe(503);
    expect(performance.now() - began).toBeLessThan(1_500);
    expect((await get('/health/live')).status).toBe(200);
    await proxy.restore();
    await untilReady(READY);
  });

  it('says that migrations are missing, as in a database restored from a copy that is too old', async () => {
    await onServer(test.url, async (sql) => {
      await sql`create table kept as select * from switchboard_migrations`;
      await sql`delete from switchboard_migrations
        where created_at = (select max(created_at) from switchboard_migrations)`;
    });
    await untilReady({ status: 'not ready', checks: { ...checks, migrations: 'behind' } });
    await onServer(test.url, (sql) => sql`alter table switchboard_migrations rename to hidden`);
    await untilReady({ status: 'not ready', checks: { ...checks, migrations: 'behind' } });
    await onServer(test.url, async (sql) => {
      await sql`alter table hidden rename to switchboard_migrations`;
      await sql`delete from switchboard_migrations`;
      await sql`insert into switchboard_migrations select * from kept`;
    });
    await untilReady(READY);
  });

  it('says that a migration of a newer version is there, which this one cannot work with', async () => {
    const note = (needs: number | null) =>
      onServer(
        test.url,
        (
          sql,
        ) => sql`insert into switchboard_migrations (name, created_at, hash, needs) values ('9999_next', 0, '', ${needs})
          on conflict (name) do update set needs = excluded.needs`,
      );
    await note(Number.MAX_SAFE_INTEGER);
    await untilReady({ status: 'not ready', checks: { ...checks, migrations: 'ahead' } });
    await note(1);
    await untilReady(READY);
    await note(null);
    await untilReady(READY);
  });

  it('says that the log of changes is a minute behind', async () => {
    let logHeldFor = 59;
    const behind = await createGateway({
      config,
      database: {
        ...database,
        health: async () => ({ database: 'ok', migrations: 'ok', logHeldFor, hasVendorAccounts: false }),
      },
      log: pino({ level: 'silent' }),
    });
    onTestFinished(() => behind.close());
    ({ url } = await behind.listen());
    await untilReady(READY);
    logHeldFor = 60;
    await untilReady({ status: 'not ready', checks: { ...checks, log: 'behind' } });
  });

  it('reports that it drains, while it still serves and closes connections', async () => {
    gateway.drain();
    await untilReady({ status: 'not ready', checks: { ...checks, draining: true } });
    const answer = await get('/graphql?query={__typename}', { 'apollo-require-preflight': '1' });
    expect({ status: answer.status, connection: answer.headers.get('connection') }).toEqual({
      status: 200,
      connection: 'close',
    });
  });
});

describe('/metrics', () => {
  it('requires its own token if one is configured', async () => {
    for (const authorization of ['', 'Bearer tell', 'Bearer tell-me ', 'tell-me']) {
      const { status, text } = await get('/metrics', { authorization });
      expect(status, authorization).toBe(authorization === 'Bearer tell-me ' ? 200 : 401);
      if (status === 401) expect(JSON.parse(text).errors[0].extensions.code).toBe('UNAUTHENTICATED');
    }
    const { status, headers, text } = await get('/metrics', { authorization: 'Bearer tell-me' });
    expect({ status, type: headers.get('content-type') }).toEqual({
      status: 200,
      type: 'text/plain; version=0.0.4; charset=utf-8',
    });
    expect(text).toMatch(/^switchboard_database_pool_size 1$/m);
    expect(text).toMatch(/^nodejs_eventloop_lag_p99_seconds /m);
    expect(text).toMatch(/^process_resident_memory_bytes /m);
  });
});
