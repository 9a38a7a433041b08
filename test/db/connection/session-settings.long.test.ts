import { randomBytes } from 'node:crypto';
import { beforeEach, describe, expect, inject, onTestFinished, test } from 'vitest';
import { openDatabase } from '../../../src/db/database.js';
import { migrate } from '../../../src/db/migrate.js';
import { VERSION } from '../../../src/foundation/version.js';
import { probe, sender } from '../../faults/requests.js';
import { keyOf } from '../../faults/world.js';
import { startGateway } from '../../support/gateway-process.js';
import { openPooler } from '../../support/pooler.js';
import { runProgram } from '../../support/program.js';
import { databaseUrl, onServer } from '../../support/server.js';

/** An unmigrated database whose sessions start with unsuitable settings. */
let url: string;
let name: string;
let roles: string[];
beforeEach(async () => {
  name = `test_settings_${randomBytes(6).toString('hex')}`;
  url = databaseUrl(inject('adminUrl'), name);
  await onServer(inject('adminUrl'), async (sql) => {
    await sql`create database ${sql(name)}`;
    for (const setting of [`timezone = 'America/New_York'`, `datestyle = 'SQL, DMY'`, 'jit = on']) {
      await sql.unsafe(`alter database "${name}" set ${setting}`);
    }
  });
  roles = [];
  return () =>
    onServer(inject('adminUrl'), async (sql) => {
      await sql`drop database ${sql(name)} with (force)`;
      for (const role of roles) await sql`drop role ${sql(role)}`;
    });
});

/** A role with only the privileges to serve requests. */
async function servingRole(grants: string[]): Promise<string> {
  const role = `serving_${randomBytes(6).toString('hex')}`;
  await onServer(url, async (sql) => {
    await sql.unsafe(`create role ${role} login password 'serving'`);
    await sql.unsafe(`revoke temporary on database "${name}" from public`);
    for (const grant of grants) await sql.unsafe(`grant ${grant} to ${role}`);
  });
  roles.push(role);
  const its = new URL(url);
  its.username = role;
  its.password = 'serving';
  return its.href;
}

const SERVES = [
  'select on all tables in schema public',
  'insert, update, delete on all tables in schema public',
  'usage on all sequences in schema public',
];

const upsert = (name: string) => `mutation { upsertCall(input: {
  references: [{ system: OTHER, name: "case", value: "${name}" }], startedAt: "1850-01-01T00:00:00Z"
}) { created call { startedAt updatedAt } errors { code } } }`;
const READ = '{ calls { nodes { startedAt history { nodes { recordedAt } } } } }';

/** Expects that a gateway is ready, writes, reads, and shows correct times. */
async function expectServed(gatewayUrl: string, name = '1'): Promise<void> {
  const ready = await probe(gatewayUrl, '/health/ready');
  expect(ready?.text).toBe(
    `{"status":"ready","version":"${VERSION}","checks":{"database":"ok","migrations":"ok","log":"ok","draining":false}}`,
  );
  const send = sender({ url: gatewayUrl } as never, await keyOf(url, 'acme'));
  const written = await send({ query: upsert(name) });
  const call = (written.data as { upsertCall: { call: Record<string, string> } })?.upsertCall?.call;
  expect(written).toMatchObject({ data: { upsertCall: { created: true, errors: [] } } });
  expect(call?.startedAt).toBe('1850-01-01T00:00:00.000Z');
  expect(Math.abs(Date.parse(call?.updatedAt ?? '') - Date.now())).toBeLessThan(60_000);
  const read = await send({ query: READ });
  const [node] = (read.data as { calls: { nodes: { startedAt: string }[] } }).calls.nodes;
  expect(node?.startedAt).toBe('1850-01-01T00:00:00.000Z');
}

const SHOWN = `select current_setting('timezone') as timezone, current_setting('jit') as jit,
  current_setting('statement_timeout') as timeout, current_setting('idle_in_transaction_session_timeout') as idle,
  '1850-01-01T00:00:00Z'::timestamptz::text as time`;
const DUE = { timezone: 'UTC', jit: 'off', timeout: '14s', idle: '15s', time: '1850-01-01 00:00:00+00' };

describe('with any settings of role and database, statements run in UTC and ISO 8601, without JIT and with a time limit', () => {
  test('in sessions of our own', async () => {
    const { db, signInDb, transaction, close } = await openDatabase({ url, poolSize: 3 });
    onTestFinished(close);
    const all = [db.execute(SHOWN), signInDb.execute(SHOWN), transaction((tx) => tx.execute(SHOWN))];
    for (const rows of await Promise.all(all)) expect([...rows]).toEqual([DUE]);
  });

  test('in sessions of a pooler, which keep their own', async () => {
    const pooler = await openPooler(url);
    onTestFinished(pooler.close);
    const { db, signInDb, transaction, close } = await openDatabase({
      url: `${pooler.url}?prepare=false`,
      poolSize: 3,
    });
    onTestFinished(close);
    for (let turn = 0; turn < 5; turn += 1) {
      const all = [db.execute(SHOWN), signInDb.execute(SHOWN), transaction((tx) => tx.execute(SHOWN))];
      for (const rows of await Promise.all(all)) expect([...rows]).toEqual([DUE]);
    }
    await expect(db.execute('select 1 / 0')).rejects.toThrow();
    await expect(signInDb.execute('select 1 / 0')).rejects.toThrow();
    expect([...(await db.execute(SHOWN))]).toEqual([DUE]);
    expect(Math.min(...pooler.served())).toBeGreaterThan(3);
    const kept = await fetchShown(pooler.url);
    expect(kept).toMatchObject({ timezone: 'America/New_York', jit: 'on', timeout: '0' });
  });
});

test.each([1, 3])(
  'a pooler with %i sessions without ?prepare=false is found out at the start, with what helps',
  async (size) => {
    await migrate(url);
    const pooler = await openPooler(url, size);
    onTestFinished(pooler.close);
    const { code, stdout, stderr } = await runProgram('main.js', [], { DATABASE_URL: pooler.url, PORT: '0' });
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(
      /^switchboard: DATABASE_URL leads through a pooler [^\n]+ add \?prepare=transaction to it if [^\n]+\?prepare=false\n$/,
    );
  },
);

test('a pooler that does not keep prepared statements is found out at the start with ?prepare=transaction', async () => {
  const pooler = await openPooler(url);
  onTestFinished(pooler.close);
  const env = { DATABASE_URL: `${pooler.url}?prepare=transaction`, DATABASE_DIRECT_URL: url, PORT: '0' };
  const { code, stdout, stderr } = await runProgram('main.js', [], env);
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
  expect(stderr).toMatch(
    /^switchboard: DATABASE_URL leads through a pooler that does not keep prepared [^\n]+\n$/,
  );
});

async function fetchShown(through: string): Promise<unknown> {
  let shown: unknown;
  await onServer(through, async (sql) => {
    [shown] = await sql.unsafe(SHOWN);
  });
  return shown;
}

describe('a gateway serves', () => {
  test('as a role other than the one that migrates', async () => {
    await migrate(url);
    const env = { DATABASE_URL: await servingRole(SERVES), DATABASE_DIRECT_URL: url };
    const gateway = await startGateway(env);
    await expectServed(gateway.url);
  });

  test('as a role that may not migrate, on a migrated database', async () => {
    await migrate(url);
    const gateway = await startGateway({ DATABASE_URL: await servingRole(SERVES) });
    await expectServed(gateway.url);
  });

  test.each(['false', 'transaction'])(
    'through sessions of a pooler that are older than the first migration, with ?prepare=%s',
    async (prepare) => {
      const pooler = await openPooler(url, 3, { keepsPrepared: prepare === 'transaction' });
      onTestFinished(pooler.close);
      const gateway = await startGateway({ DATABASE_URL: `${pooler.url}?prepare=${prepare}` });
      for (let turn = 0; turn < 3; turn += 1) await expectServed(gateway.url, `case ${turn}`);
      gateway.process.kill('SIGTERM');
      await gateway.ended;
    },
  );
});

describe('/health/ready', () => {
  test.each([
    ['insert into a table', (grants: string[]) => [...grants.slice(0, 1), ...grants.slice(2)]],
    ['use a sequence', (grants: string[]) => grants.slice(0, 2)],
    [
      'delete from a table',
      ([read = '', write = '', use = '']: string[]) => [read, write.replace(', delete', ''), use],
    ],
  ])('is red where the role may not %s, and the database is not away', async (_, without) => {
    await migrate(url);
    const env = { DATABASE_URL: await servingRole(without(SERVES)), DATABASE_DIRECT_URL: url };
    const ready = await probe((await startGateway(env)).url, '/health/ready');
    expect(ready?.text).toBe(
      `{"status":"not ready","version":"${VERSION}","checks":{"database":"forbidden","migrations":"ok","log":"ok","draining":false}}`,
    );
  });

  test('is red if the role may not execute a function', async () => {
    await migrate(url);
    const serving = await servingRole(SERVES);
    const gateway = await startGateway({ DATABASE_URL: serving, DATABASE_DIRECT_URL: url });
    await onServer(url, (sql) => sql`revoke execute on all functions in schema public from public`);
    await expect
      .poll(async () => (await probe(gateway.url, '/health/ready'))?.text)
      .toContain('"database":"forbidden"');
  });

  test('is red while a write fails for any reason, and green afterwards; the probe leaves no trace', async () => {
    await migrate(url);
    await keyOf(url, 'acme');
    await onServer(url, (sql) =>
      sql.unsafe(`create function fails() returns trigger language plpgsql as $$
        begin raise exception 'no space left on device' using errcode = '53100'; end $$;
        create trigger fails before update on calls execute function fails()`),
    );
    const gateway = await startGateway({ DATABASE_URL: url });
    const ready = async () => (await probe(gateway.url, '/health/ready'))?.text;
    expect(await ready()).toContain(
      `{"status":"not ready","version":"${VERSION}","checks":{"database":"read-only"`,
    );
    await onServer(url, (sql) => sql`drop trigger fails on calls`);
    await expect.poll(ready).toContain('{"status":"ready"');
    await onServer(url, async (sql) => {
      expect(await sql`select from calls union all select from call_changes`).toHaveLength(0);
    });
  });

  test('does not report the database as away if the role cannot see the migrations', async () => {
    await migrate(url);
    const env = { DATABASE_URL: await servingRole(SERVES), DATABASE_DIRECT_URL: url };
    const gateway = await startGateway(env);
    await onServer(url, (sql) =>
      sql.unsafe(`revoke select on switchboard_migrations from public, ${roles[0]}`),
    );
    await expect
      .poll(async () => (await probe(gateway.url, '/health/ready'))?.text)
      .toBe(
        `{"status":"not ready","version":"${VERSION}","checks":{"database":"ok","migrations":"unknown","log":"ok","draining":false}}`,
      );
  });
});
