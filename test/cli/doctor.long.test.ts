import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, inject, it, onTestFinished } from 'vitest';
import type { Probe } from '../../src/cli/doctor/check.js';
import { CHECKS, type Diagnosis, diagnose } from '../../src/cli/doctor.js';
import { type Config, DEFAULTS } from '../../src/config/config.js';
import type { Database } from '../../src/db/database.js';
import { uuidIn } from '../support/events.js';
import { type Client, openTestGateway, type TestGateway } from '../support/gateway.js';
import { runProgram } from '../support/program.js';
import { databaseUrl, onServer } from '../support/server.js';
import { givenAccount } from '../support/vendors/accounts.js';

let gateway: TestGateway;
let client: Client;
beforeAll(async () => {
  gateway = await openTestGateway({ vendors: false });
  client = await gateway.client({ organization: 'acme' });
});
afterAll(() => gateway.close());

const config: Config = { ...DEFAULTS, databaseUrl: 'postgres://db', databasePoolSize: 8 };
const execute = (query: ReturnType<typeof sql>) => gateway.database.db.execute(query);

/** What one check says of the real database. */
async function look(
  check: string,
  probe: Partial<Omit<Probe, 'config'>> & { config?: Partial<Config> } = {},
) {
  const checks = CHECKS.filter(({ name }) => name === check);
  expect(checks).toHaveLength(1);
  const { database = gateway.database, now = Date.now } = probe;
  return diagnose({ database, now, config: { ...config, ...probe.config } }, checks);
}

/** What one check says if the server says this, which no test can bring about on a server that others use. */
const lookAt = (check: string, ...answers: object[][]) =>
  look(check, { database: { db: { execute: async () => answers.shift() ?? [] } } as unknown as Database });

const found = (level: Diagnosis['level'], text: string | RegExp) => [
  expect.objectContaining({ level, message: expect.stringMatching(text) }),
];

describe('a check', () => {
  it.each(CHECKS.map(({ name }) => name))(
    '%s can be made, and finds nothing in what is well',
    async (name) => {
      // Other tests use the same server, and keys of tests have no end.
      const busy = new Set(['transactions', 'slots', 'replicas', 'keys', 'settings']);
      const [first] = await look(name);
      expect(first?.message).not.toMatch(/could not be looked at/);
      if (!busy.has(name)) expect(first).toMatchObject({ level: 'ok' });
    },
  );

  it.each([
    ['away', 'problem', 'does not answer'],
    ['read-only', 'problem', 'takes no writes'],
  ] as const)('database: %s', async (state, level, text) => {
    const database = { health: async () => ({ database: state }) } as unknown as Database;
    expect(await look('database', { database })).toEqual(found(level, text));
  });

  it('version', async () => {
    expect(await lookAt('version', [{ number: 140_011, version: '14.11' }])).toEqual(
      found('problem', '14.11'),
    );
  });

  it('privileges, and visibility, of a role that lacks them', async () => {
    const role = `poor_${randomBytes(4).toString('hex')}`;
    await execute(sql.raw(`create role ${role}`));
    onTestFinished(async () => void (await execute(sql.raw(`drop role ${role}`))));
    const rows = await gateway.database.transaction(async (tx) => {
      await tx.execute(sql.raw(`set local role ${role}`));
      const database = { db: tx } as unknown as Database;
      return look('visibility', { database });
    });
    expect(rows).toEqual(found('warning', 'does not see'));
    const database = { health: async () => ({ database: 'forbidden' }) } as unknown as Database;
    expect(await look('privileges', { database })).toEqual(found('problem', 'lacks a privilege'));
  });

  it('clock: ahead, behind, and far off', async () => {
    expect(await look('clock', { now: () => Date.now() + 5_000 })).toEqual(found('warning', /differ by 5 s/));
    expect(await look('clock', { now: () => Date.now() - 90_000 })).toEqual(
      found('problem', /differ by 90 s/),
    );
  });

  it('tls', async () => {
    expect(await lookAt('tls', [{ is_open: true }])).toEqual(found('warning', 'not encrypted'));
  });

  it('search', async () => {
    await execute(sql`alter index call_search_text_index rename to hidden`);
    const missing = await look('search');
    await execute(sql`alter index hidden rename to call_search_text_index`);
    expect(missing).toEqual(found('warning', 'pg_trgm'));
  });

  it('settings: pools that do not fit, few locks, and what must be on', async () => {
    const [fit] = await look('settings', { config: { databasePoolSize: 900 } });
    expect(fit).toMatchObject({
      level: 'problem',
      message: expect.stringContaining('DATABASE_POOL_SIZE 900'),
    });
    const settings = {
      max_connections: '100',
      superuser_reserved_connections: '3',
      max_locks_per_transaction: '4',
    };
    const rows = Object.entries({ ...settings, autovacuum: 'off', fsync: 'off', full_page_writes: 'on' });
    const answer = rows.map(([name, setting]) => ({ name, setting }));
    const levels = (await lookAt('settings', answer, [{ used: 90 }])).map(({ level, message }) => [
      level,
      message,
    ]);
    expect(levels).toEqual([
      ['warning', expect.stringContaining('others use 90')],
      ['warning', expect.stringContaining('400 locks')],
      ['problem', 'autovacuum is off.'],
      ['problem', 'fsync is off.'],
    ]);
  });

  it('transactions: an old one, and one that holds the log back', async () => {
    const row = { pid: 7, app: 'psql', state: 'idle in transaction', age: 400 };
    const health = async () => ({ logHeldFor: 0 });
    const answering = (age: number, heldFor = 0) =>
      look('transactions', {
        database: {
          db: { execute: async () => [{ ...row, age }] },
          health: async () => ({ ...(await health()), logHeldFor: heldFor }),
        } as unknown as Database,
      });
    expect(await answering(400)).toEqual(
      found('warning', /process 7 \(psql, idle in transaction\) is 7 min old/),
    );
    expect((await answering(8_000, 60)).map(({ level }) => level)).toEqual(['problem', 'problem']);
  });

  it('prepared', async () => {
    expect(await lookAt('prepared', [{ gid: "it's" }])).toMatchObject([
      { level: 'problem', advice: expect.stringContaining("'it''s'") },
    ]);
  });

  it('replicas: one that lags, and one that catches up', async () => {
    const rows = [
      { name: 'a', state: 'streaming', lag: 0.1, behind: 100 },
      { name: 'b', state: 'streaming', lag: 95, behind: 2 ** 31 },
      { name: 'c', state: 'catchup', lag: null, behind: null },
    ];
    expect((await lookAt('replicas', rows)).map(({ level, message }) => [level, message])).toEqual([
      ['warning', 'b is 95 s and 2.0 GB behind.'],
      ['warning', 'c is in the state catchup.'],
    ]);
  });

  it('slots: one that no replica uses', async () => {
    const slot = `unused_${randomBytes(4).toString('hex')}`;
    await execute(sql`select pg_create_physical_replication_slot(${slot}, true)`);
    onTestFinished(async () => void (await execute(sql`select pg_drop_replication_slot(${slot})`)));
    expect(await look('slots')).toContainEqual(
      expect.objectContaining({
        level: expect.stringMatching(/warning|problem/),
        message: expect.stringContaining(slot),
      }),
    );
    const lost = { name: 's', active: false, status: 'lost', kept: null };
    expect(await lookAt('slots', [lost])).toEqual(found('problem', 'has lost'));
  });

  it('ids', async () => {
    expect(await lookAt('ids', [{ age: 6e8 }])).toEqual(found('warning', '600000000'));
    expect(await lookAt('ids', [{ age: 1.9e9 }])).toEqual(found('problem', '1900000000'));
  });

  it('collation', async () => {
    expect(await lookAt('collation', [{ is_old: true }])).toEqual(found('problem', 'sorts texts'));
  });

  it('disk: of a folder that is not there nothing can be said, of another server nothing need be', async () => {
    const away = { databaseUrl: undefined, dataDir: '/nowhere/at/all' };
    expect(await look('disk', { config: away })).toEqual(found('warning', 'could not be looked at'));
  });

  it('bloat, statistics and autovacuum: many dead rows that were never analysed', async () => {
    const table = `worn_${randomBytes(4).toString('hex')}`;
    await execute(sql.raw(`create table ${table} (n integer) with (autovacuum_enabled = false)`));
    onTestFinished(async () => void (await execute(sql.raw(`drop table ${table}`))));
    await execute(sql.raw(`insert into ${table} select n from generate_series(1, 30000) n`));
    await execute(sql.raw(`delete from ${table} where n <= 15000`));
    const ofTable = expect.stringContaining(table);
    const shown = { timeout: 60_000 };
    await expect
      .poll(() => look('bloat'), shown)
      .toContainEqual(expect.objectContaining({ level: 'warning', message: ofTable }));
    await expect
      .poll(() => look('statistics'), shown)
      .toContainEqual(expect.objectContaining({ level: 'warning', message: ofTable }));
    expect(await look('autovacuum')).toEqual(found('problem', new RegExp(`off for ${table}`)));
  });

  it('indexes: one that is invalid', async () => {
    await execute(sql`create index broken on call_groups (key)`);
    await execute(sql`update pg_index set indisvalid = false where indexrelid = 'broken'::regclass`);
    onTestFinished(async () => void (await execute(sql`drop index broken`)));
    expect(await look('indexes')).toEqual(found('problem', 'broken is invalid'));
  });

  it('public-url, secrets, webhooks and accounts of an account that is forgotten', async () => {
    const { id } = await givenAccount(client, { system: 'BURKI', url: 'http://127.0.0.1:1', name: 'Burki' });
    const account = uuidIn(id);
    expect(await look('webhooks')).toMatchObject([{ level: 'ok' }]);
    await execute(
      sql`update vendor_accounts set created_at = now() - interval '2 days', is_refused = true where id = ${account}`,
    );
    expect(await look('webhooks')).toEqual(found('warning', 'acme: Burki'));
    expect(await look('accounts')).toEqual(found('warning', 'acme: Burki fails'));
    expect(await look('secrets')).toEqual(found('problem', 'acme: Burki'));
    expect(await look('public-url')).toEqual(found('problem', 'acme: Burki lead to localhost'));
    expect(await look('public-url', { config: { publicUrl: 'https://x.example' } })).toMatchObject([
      { level: 'ok' },
    ]);
    await execute(sql`insert into deliveries (organization_id, id, account_id, lane, kind, state, priority, touched, attempts,
        next_attempt_at, created_at, updated_at)
      select organization_id, ${account}, id, id, 'METADATA', 'DEAD', 1, '{}', 1, now(), now(), now()
      from vendor_accounts where id = ${account}`);
    expect((await look('accounts')).map(({ message }) => message)).toContain(
      'The account acme: Burki has dead deliveries.',
    );
  });

  it('keys that are not used, do not end, or end soon', async () => {
    const messages = async () => (await look('keys')).map(({ message }) => message);
    expect(await messages()).toEqual([
      expect.stringMatching(/^Keys without an end: api_key_\w+ \(acme: test key\)\.$/),
    ]);
    await execute(sql`update api_keys set created_at = now() - interval '40 days', last_used_at = null`);
    expect(await messages()).toContainEqual(expect.stringMatching(/^Keys not used for 30 days: /));
    await execute(sql`update api_keys set expires_at = now() + interval '3 days', last_used_at = now()`);
    expect(await messages()).toEqual([expect.stringMatching(/^Keys at their end within 14 days: /)]);
  });

  it('organizations that are half deleted', async () => {
    await gateway.client({ organization: 'half' });
    await execute(sql`update organizations set deleted_at = now() where slug = 'half'`);
    expect(await look('organizations')).toEqual(found('warning', 'half was not deleted whole'));
  });

  it('metrics that are open to others', async () => {
    expect(await look('metrics', { config: { host: '0.0.0.0' } })).toEqual(found('warning', 'is open'));
    expect(await look('metrics', { config: { host: '0.0.0.0', metricsToken: 'x' } })).toMatchObject([
      { level: 'ok' },
    ]);
  });
});

describe('switchboard doctor', () => {
  it('says one line for each check, and ends with 1 on a problem alone', async () => {
    const env = { DATABASE_URL: gateway.databaseUrl, DATABASE_POOL_SIZE: '900' };
    const bad = await runProgram('cli/main.js', ['doctor'], env);
    expect(bad).toMatchObject({ code: 1, stderr: '' });
    for (const { name } of CHECKS)
      expect(bad.stdout).toMatch(new RegExp(`^(ok|warning|problem) +${name} `, 'm'));
    const lines: Diagnosis[] = JSON.parse(
      (await runProgram('cli/main.js', ['doctor', '--json'], env)).stdout,
    );
    expect(lines).toContainEqual(
      expect.objectContaining({ check: 'settings', level: 'problem', advice: expect.any(String) }),
    );
  });

  it('migrates nothing, and says that migrations are missing', async () => {
    const name = `test_${randomBytes(8).toString('hex')}`;
    const adminUrl = inject('adminUrl');
    await onServer(adminUrl, (sql) => sql`create database ${sql(name)}`);
    onTestFinished(() => onServer(adminUrl, (sql) => sql`drop database ${sql(name)} with (force)`));
    const url = databaseUrl(adminUrl, name);
    const { code, stdout } = await runProgram('cli/main.js', ['doctor'], { DATABASE_URL: url });
    expect(code).toBe(1);
    expect(stdout).toMatch(/^problem +migrations +Migrations of this version are missing/m);
    await onServer(url, async (sql) => {
      expect(await sql`select from pg_tables where tablename = 'calls'`).toHaveLength(0);
    });
  });

  it('makes no embedded database where there is none', async () => {
    const dataDir = join(tmpdir(), `switchboard-nowhere-${randomBytes(4).toString('hex')}`);
    const { code, stdout } = await runProgram('cli/main.js', ['doctor'], { DATA_DIR: dataDir });
    expect({ code, stdout }).toEqual({
      code: 1,
      stdout: expect.stringContaining(`there is no database in DATA_DIR ${dataDir}`),
    });
    expect(existsSync(dataDir)).toBe(false);
  });

  it('says that the database is away, without its password', async () => {
    const env = { DATABASE_URL: 'postgres://me:hunter2@127.0.0.1:1/calls' };
    const { code, stdout } = await runProgram('cli/main.js', ['doctor'], env);
    expect(code).toBe(1);
    expect(stdout).toMatch(
      /^problem +database +DATABASE_URL: Postgres at 127\.0\.0\.1:1\/calls cannot be used/,
    );
    expect(stdout).not.toContain('hunter2');
  });
});
