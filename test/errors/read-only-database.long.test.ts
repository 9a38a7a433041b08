import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { sql } from 'drizzle-orm';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import { migrate } from '../../src/db/migrate.js';
import {
  type EmbeddedPostgres,
  openEmbeddedPostgres,
} from '../../src/embedded-postgres/embedded-postgres.js';
import { CALLS_CHANGED, followOver } from '../live/followers.js';
import { copyDataDir, makeDataDir, removeDataDir } from '../support/data-dir.js';
import { type Client, clientOf, openGatewayOn, type TestGateway } from '../support/gateway.js';
import { createTestDatabase, type TestDatabase } from '../support/postgres.js';
import { makePreparedDataDir } from '../support/prepared-data-dir.js';
import { runProgram } from '../support/program.js';
import { onServer } from '../support/server.js';
import { type DatabaseProxy, openProxy } from './proxy.js';

const READ = '{ calls { totalCount } }';
const WRITES = [
  'mutation { payload: upsertCall(input: { references: [{ system: OTHER, name: "case", value: "1" }], reason: "again" }) { errors { code } } }',
  'mutation { payload: mergeCallMetadata(call: { reference: { system: OTHER, name: "case", value: "1" } }, metadata: { a: 1 }) { errors { code } } }',
  'mutation { payload: recordCallEvent(input: { eventTime: "2024-01-15T10:00:00Z", metadata: { a: 1 } }) { errors { code } } }',
  'mutation { payload: replaceCallFlow(call: { reference: { system: OTHER, name: "case", value: "1" } }, commands: [{ hangup: {} }]) { errors { code } } }',
];
const [UPSERT = ''] = WRITES;

let gateway: TestGateway;
let client: Client;

async function ready(): Promise<unknown> {
  const response = await fetch(new URL('/health/ready', gateway.url));
  const { status, checks } = (await response.json()) as { status: string; checks: { database: string } };
  return { http: response.status, status, database: checks.database };
}
const READY = { http: 200, status: 'ready', database: 'ok' };
const until = (expected: object) => expect.poll(ready, { timeout: 10_000 }).toEqual(expected);

async function expectUnavailable(document: string): Promise<void> {
  const answer = await client.send(document);
  expect({ status: answer.status, code: answer.errors?.[0]?.extensions.code }).toEqual({
    status: 503,
    code: 'SERVICE_UNAVAILABLE',
  });
  expect(JSON.stringify(answer)).not.toMatch(/read-only|password|role|postgres/i);
}

const written = async (document = UPSERT) => (await client.send(document)).status;

/** More connections than the gateway has, each writing to a call. */
const writtenAtOnce = () =>
  Promise.all(
    Array.from({ length: 10 }, (_, n) => written(UPSERT.replace('value: "1"', `value: "own ${n}"`))),
  );

async function openThrough(proxy: DatabaseProxy): Promise<void> {
  gateway = await openGatewayOn(proxy.url);
  client = await gateway.client();
  for (const document of WRITES) await client.ask(document);
  await until(READY);
}

describe('a server that became a standby', () => {
  let primary: EmbeddedPostgres;
  let standby: EmbeddedPostgres;
  let proxy: DatabaseProxy;
  const folders: string[] = [];

  let token: string;

  beforeAll(async () => {
    const first = await makePreparedDataDir();
    folders.push(first);
    primary = await openEmbeddedPostgres({ dataDir: first, durable: false });
    await migrate(primary.url);
    gateway = await openGatewayOn(primary.url);
    ({ token } = await gateway.client());
    client = clientOf(gateway.url, token, `Bearer ${token}`);
    for (const document of WRITES) await client.ask(document);
    await gateway.close();
    await primary.close();
    const second = await makeDataDir();
    folders.push(second);
    await copyDataDir(first, second);
    await writeFile(join(second, 'postgres', 'cluster', 'standby.signal'), '');
    primary = await openEmbeddedPostgres({ dataDir: first, durable: false });
    standby = await openEmbeddedPostgres({ dataDir: second, durable: false });
  });
  afterAll(async () => {
    await Promise.all([primary.close(), standby.close()]);
    await Promise.all(folders.map(removeDataDir));
  });
  beforeEach(async () => {
    proxy = await openProxy(primary.url);
    gateway = await openGatewayOn(proxy.url);
    client = clientOf(gateway.url, token, `Bearer ${token}`);
    await until(READY);
  });
  afterEach(async () => {
    await gateway.close();
    await proxy.cut();
  });

  /** The name now resolves elsewhere, and the old connections are cut. */
  async function failOver({ url }: EmbeddedPostgres): Promise<void> {
    proxy.leadTo(url);
    await proxy.cut();
    await proxy.restore();
    await expect.poll(async () => (await client.send(READ)).status, { timeout: 10_000 }).toBe(200);
  }

  it('is not ready and takes no writes, but is read from, until the name leads to the primary', async () => {
    await failOver(standby);
    for (const document of WRITES) await expectUnavailable(document);
    expect((await client.ask(READ)).calls).toEqual({ totalCount: 1 });
    await until({ http: 503, status: 'not ready', database: 'read-only' });
    // The connections to the standby are not cut this time.
    proxy.leadTo(primary.url);
    await until(READY);
    const statuses = await writtenAtOnce();
    expect(statuses).toEqual(statuses.map(() => 200));
  });

  it('takes writes once it is promoted', async () => {
    await failOver(standby);
    await expectUnavailable(UPSERT);
    await onServer(standby.url, (admin) => admin`select pg_promote()`);
    await expect.poll(() => written(), { timeout: 10_000 }).toBe(200);
    await until(READY);
  });
});

describe('a database that is read-only for new sessions', () => {
  let test: TestDatabase;
  let proxy: DatabaseProxy;

  beforeEach(async () => {
    test = await createTestDatabase();
    proxy = await openProxy(test.url);
    await openThrough(proxy);
  });
  afterEach(async () => {
    await gateway.close();
    await proxy.cut();
    await test.drop();
  });

  const setReadOnly = (isReadOnly: boolean) =>
    onServer(inject('adminUrl'), (admin) =>
      admin.unsafe(
        `alter database "${new URL(test.url).pathname.slice(1)}" set default_transaction_read_only = ${isReadOnly}`,
      ),
    );
  async function becomeReadOnly(): Promise<void> {
    await setReadOnly(true);
    await proxy.cut();
    await proxy.restore();
    await expect.poll(async () => (await client.send(READ)).status).toBe(200);
  }

  it.each(WRITES)('takes no write, is read from, and is not ready: %s', async (document) => {
    await becomeReadOnly();
    for (let times = 0; times < 3; times += 1) {
      await expectUnavailable(document);
      expect((await client.send(READ)).status).toBe(200);
    }
    await until({ http: 503, status: 'not ready', database: 'read-only' });
    expect(gateway.log.join('')).not.toContain('a request failed');
  });

  it('is found again at its new address, by writes alone', async () => {
    await becomeReadOnly();
    // Connections without a write yet. They stay as they are, whatever the next ones are like.
    await Promise.all(Array.from({ length: 10 }, () => client.send(READ)));
    const inUse = [1, 2, 3].map(() => Promise.resolve(gateway.database.db.execute(sql`select pg_sleep(3)`)));
    await expectUnavailable(UPSERT);
    await setReadOnly(false);
    await expect.poll(() => written(), { timeout: 10_000 }).toBe(200);
    await Promise.all(inUse);
    const statuses = await writtenAtOnce();
    expect(statuses).toEqual(statuses.map(() => 200));
    await until(READY);
  });

  it('is found again by its health alone, before anything is written', async () => {
    await becomeReadOnly();
    await Promise.all(Array.from({ length: 10 }, () => client.send(READ)));
    await until({ http: 503, status: 'not ready', database: 'read-only' });
    await setReadOnly(false);
    await until(READY);
    const statuses = await writtenAtOnce();
    expect(statuses).toEqual(statuses.map(() => 200));
  });

  it('does not make a connection for each write that it refuses', async () => {
    await becomeReadOnly();
    const [before, began] = [proxy.connections(), performance.now()];
    for (let times = 0; times < 200; times += 1) await written();
    const seconds = (performance.now() - began) / 1000;
    // Sequential writes use one connection and the sign-in another; both are renewed once a second.
    expect(proxy.connections() - before).toBeLessThan(6 + 3 * seconds);
  });

  it('continues to notify subscribers, and loses none of them', async () => {
    const follower = followOver('ws', { url: gateway.url, token: client.token }, CALLS_CHANGED);
    await gateway.subscribers(1);
    await becomeReadOnly();
    await expectUnavailable(UPSERT);
    await setReadOnly(false);
    await expect.poll(() => written(WRITES[3] ?? ''), { timeout: 10_000 }).toBe(200);
    const kinds = () => follower.changes.map(({ kind }) => kind);
    await expect.poll(kinds, { timeout: 60_000 }).toContain('CALL_FLOW_REPLACED');
    follower.stop();
  });

  it('is named by a gateway that cannot start with it', async () => {
    await setReadOnly(true);
    const { code, stdout, stderr } = await runProgram('main.js', [], { DATABASE_URL: test.url, PORT: '0' });
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(
      /^switchboard: DATABASE_URL: .* \(it is read-only: DATABASE_URL has to lead to the primary\)\n$/,
    );
  });
});

describe('a database that refuses the gateway’s sign-in', () => {
  const role = `gateway_${randomBytes(6).toString('hex')}`;
  let test: TestDatabase;
  let proxy: DatabaseProxy;

  const asAdmin = (text: string) => onServer(inject('adminUrl'), (admin) => admin.unsafe(text));

  beforeEach(async () => {
    test = await createTestDatabase();
    await asAdmin(`create role ${role} superuser login password 'right'`);
    const url = new URL(test.url);
    url.username = role;
    url.password = 'right';
    proxy = await openProxy(url.href);
    await openThrough(proxy);
  });
  afterEach(async () => {
    await gateway.close();
    await proxy.cut();
    await test.drop();
    await asAdmin(`drop role ${role}`);
  });

  it.each([
    ['its password is wrong', `password 'wrong'`, `password 'right'`],
    ['its role may not sign in', 'nologin', 'login'],
  ])('because %s is away until it is right again', async (_, spoil, mend) => {
    await asAdmin(`alter role ${role} ${spoil}`);
    expect((await client.send(READ)).status).toBe(200);
    await proxy.cut();
    await proxy.restore();
    for (const document of [READ, UPSERT, '{ viewer { name } }']) await expectUnavailable(document);
    await until({ http: 503, status: 'not ready', database: 'away' });
    await asAdmin(`alter role ${role} ${mend}`);
    await expect.poll(() => written(), { timeout: 10_000 }).toBe(200);
    await until(READY);
    expect(gateway.log.join('')).not.toMatch(/right|wrong/);
  });
});
