import { pino } from 'pino';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { type Database, openDatabase } from '../../src/db/database.js';
import { createGateway, type Gateway } from '../../src/gateway.js';
import { ApiKeyService } from '../../src/identity/api-key.service.js';
import { openTestGateway } from '../support/gateway.js';
import { createTestDatabase, type TestDatabase } from '../support/postgres.js';
import { onServer } from '../support/server.js';
import { type DatabaseProxy, openProxy } from './proxy.js';

const CONFIG = {
  port: 0,
  // A connection that is silent at the shutdown is cut off at once.
  shutdownTimeout: 0,
  bodyLimit: 1_000_000,
  metadataMaxBytes: 1_000,
  metadataMaxDepth: 32,
};

let test: TestDatabase;
let proxy: DatabaseProxy;
let database: Database;
let gateway: Gateway;
let url: string;
let token: string;
const log: string[] = [];

beforeAll(async () => {
  test = await createTestDatabase();
  proxy = await openProxy(test.url);
  database = await openDatabase({ url: proxy.url, poolSize: 2 });
  gateway = await createGateway({
    config: CONFIG,
    database,
    log: pino({ level: 'warn' }, { write: (line: string) => void log.push(line) }),
  });
  ({ url } = await gateway.listen());
  ({ token } = await new ApiKeyService(database).create({
    organization: 'acme',
    name: 'ci',
    kind: 'APP',
    staffUid: null,
    scopes: ['ADMIN'],
    expiresAt: null,
  }));
});
afterEach(async () => {
  await proxy.cut();
  await proxy.restore();
  await answered();
});
afterAll(async () => {
  await gateway.close();
  await proxy.cut();
  await database.close();
  await test.drop();
});

interface Away {
  status: number;
  text: string;
  json: { data?: unknown; errors?: { message: string; extensions: { code: string } }[] };
}

async function send(query: string): Promise<Away> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
    body: JSON.stringify({ query }),
  });
  const text = await response.text();
  return { status: response.status, text, json: JSON.parse(text) };
}

function expectAway({ status, text, json }: Away): void {
  expect({ status, code: json.errors?.[0]?.extensions.code }).toEqual({
    status: 503,
    code: 'SERVICE_UNAVAILABLE',
  });
  expect(json.errors?.[0]?.message).toMatch(/database.*not available/);
  expect(text).not.toMatch(/127\.0\.0\.1|ECONN|CONNECTION_|postgres|select|:\d{4,5}\b/i);
  expect(text).not.toContain(new URL(proxy.url).port);
}

async function answered(): Promise<number> {
  const start = performance.now();
  await vi.waitFor(
    async () => expect((await send('{ calls(first: 1) { nodes { id } } }')).status).toBe(200),
    {
      timeout: 15_000,
      interval: 20,
    },
  );
  return performance.now() - start;
}

/** Ends the gateway's sessions, as a restart of the server or a failover does. */
const endSessions = () =>
  onServer(
    test.url,
    (sql) =>
      sql`select pg_terminate_backend(pid) from pg_stat_activity
        where datname = current_database() and application_name = 'switchboard'`,
  );

const WRITE =
  'mutation { upsertCall(input: { references: [{ system: OTHER, name: "case", value: "1" }] }) { created errors { code } } }';

describe('while the database is away', () => {
  it('every request is answered with SERVICE_UNAVAILABLE and 503, soon', async () => {
    await proxy.cut();
    for (const query of ['{ viewer { name } }', '{ calls { totalCount } }', WRITE]) {
      const start = performance.now();
      expectAway(await send(query));
      expect(performance.now() - start).toBeLessThan(3_000);
    }
    expect(log.at(-1) ?? '').not.toContain(token);
  });

  it('requests without the database are answered', async () => {
    await proxy.cut();
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{"query":"{ __typename }"}',
    });
    expect(await response.json()).toMatchObject({ data: { __typename: 'Query' } });
  });

  it.each([
    ['breaks', () => proxy.cut()],
    ['is ended by an administrator', () => endSessions()],
  ])(
    'a request that has begun is answered likewise when its connection %s, and its write is undone',
    async (_, end) => {
      await onServer(test.url, async (sql) => {
        await sql.begin(async (tx) => {
          await tx`lock table call_changes in access exclusive mode`;
          const waiting = send(WRITE);
          await untilSomebodyWaits(tx);
          await end();
          expectAway(await waiting);
        });
      });
      await proxy.cut();
      await proxy.restore();
      await answered();
      const { json } = await send(
        '{ callByReference(reference: { system: OTHER, name: "case", value: "1" }) { id } }',
      );
      expect(json.data).toEqual({ callByReference: null });
    },
  );

  function untilSomebodyWaits(sql: (text: TemplateStringsArray) => PromiseLike<readonly unknown[]>) {
    const waiting = async () =>
      expect(
        await sql`select 1 from pg_locks where not granted and relation = 'call_changes'::regclass`,
      ).not.toEqual([]);
    return vi.waitFor(waiting, { timeout: 5_000, interval: 10 });
  }
});

describe('when the database is back', () => {
  it('requests are answered within three seconds, without a restart', async () => {
    await proxy.cut();
    for (let count = 0; count < 10; count += 1) expectAway(await send('{ viewer { name } }'));
    await proxy.restore();
    expect(await answered()).toBeLessThan(3_000);
  });

  it('connections ended by an administrator cost at most one request', async () => {
    await send('{ viewer { name } }');
    await endSessions();
    expect(await answered()).toBeLessThan(3_000);
  });
});

it('a gateway whose database was closed answers with SERVICE_UNAVAILABLE, and still shuts down', async () => {
  const other = await openTestGateway();
  const client = await other.client();
  await other.database.close();
  const { status, errors } = await client.send('{ viewer { name } }');
  expect({ status, code: errors?.[0]?.extensions.code }).toEqual({
    status: 503,
    code: 'SERVICE_UNAVAILABLE',
  });
  await other.close();
});
