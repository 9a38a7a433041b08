import { pino } from 'pino';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { LIVE_DEFAULTS } from '../../src/config.js';
import { EXPOSURE_DEFAULTS } from '../../src/config-exposure.js';
import { type Database, openDatabase } from '../../src/db/database.js';
import { createGateway, type Gateway } from '../../src/gateway.js';
import { type DatabaseProxy, openProxy } from '../errors/proxy.js';
import { createTestDatabase, type TestDatabase } from '../support/postgres.js';
import { onServer } from '../support/server.js';

let test: TestDatabase;
let proxy: DatabaseProxy;
let database: Database;
let gateway: Gateway;
let url: string;

beforeAll(async () => {
  test = await createTestDatabase();
  proxy = await openProxy(test.url);
});
beforeEach(async () => {
  database = await openDatabase({ url: proxy.url, poolSize: 2 });
  const limits = {
    bodyLimit: 1_000_000,
    metadataMaxBytes: 1_000,
    metadataMaxDepth: 32,
    metricsToken: 'tell-me',
  };
  const config = { ...LIVE_DEFAULTS, ...EXPOSURE_DEFAULTS, host: '127.0.0.1', port: 0, ...limits };
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

/** What is ready, once an answer that was kept for a moment is forgotten. */
const ready = async () => {
  const { status, text } = await get('/health/ready');
  return { status, ...JSON.parse(text) };
};
const untilReady = (expected: object) => expect.poll(ready, { timeout: 5_000 }).toEqual(expected);

const checks = { database: 'ok', migrations: 'ok', draining: false };
const READY = { status: 'ready', checks };

describe('/health/ready', () => {
  it('says that all is well', async () => {
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
      await sql`create table public.kept as select * from drizzle.__drizzle_migrations`;
      await sql`delete from drizzle.__drizzle_migrations
        where created_at = (select max(created_at) from drizzle.__drizzle_migrations)`;
    });
    await untilReady({ status: 'not ready', checks: { ...checks, migrations: 'behind' } });
    await onServer(test.url, (sql) => sql`alter schema drizzle rename to hidden`);
    await untilReady({ status: 'not ready', checks: { ...checks, migrations: 'behind' } });
    await onServer(test.url, async (sql) => {
      await sql`alter schema hidden rename to drizzle`;
      await sql`delete from drizzle.__drizzle_migrations`;
      await sql`insert into drizzle.__drizzle_migrations select * from public.kept`;
    });
    await untilReady(READY);
  });

  it('says that it drains, while it serves on and asks clients to come back on another connection', async () => {
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
  it('asks for its own token where there is one', async () => {
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
