import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { type Database, openDatabase } from '../../src/db/database.js';
import { ask, hasCall, startGateway, writeCall } from '../support/gateway-process.js';
import { createTestDatabase, type TestDatabase } from '../support/postgres.js';
import { runProgram } from '../support/program.js';
import { openRelay } from '../support/relay.js';

let urls: string[];
let tests: TestDatabase[];
let databases: Database[];
const env = () => ({
  DATABASE_URL: urls[0] as string,
  SHARD_URLS: urls.slice(1).join(','),
  SECRETS_KEYS: `test:${Buffer.alloc(32, 5).toString('base64')}`,
});
const run = (...args: string[]) => runProgram('cli/main.js', args, env());

beforeAll(async () => {
  tests = await Promise.all([createTestDatabase(), createTestDatabase()]);
  urls = tests.map(({ url }) => url);
  databases = await Promise.all(urls.map((url) => openDatabase({ url, poolSize: 1 })));
});
afterAll(async () => {
  for (const database of databases) await database.close();
  for (const test of tests) await test.drop();
});

const newKey = (slug: string, ...more: string[]) =>
  run('keys', 'create', '--organization', slug, '--name', 'me', '--scopes', 'all', ...more);
const rows = async (shard: number, table: string) => {
  const [row] = await (databases[shard] as Database).db.execute<{ rows: number }>(
    sql`select count(*)::int as rows from ${sql.identifier(table)}`,
  );
  return row?.rows;
};

describe('commands about an organization on shard 1', () => {
  it('find it there: keys, accounts, export, suspend, rename, erase, delete', async () => {
    const made = await newKey('acme', '--create', '--shard', '1');
    expect(made).toMatchObject({ code: 0, stderr: '' });
    const token = made.stdout.trim();
    await newKey('local', '--create');
    expect((await newKey('acme', '--shard', '0')).stderr).toContain('organization acme is on shard 1');
    expect((await newKey('other', '--create', '--shard', '2')).stderr).toContain('SHARD_URLS has 1');

    const gateway = await startGateway(env());
    await writeCall(gateway, token, 'one');
    expect(await hasCall(gateway, token, 'one')).toBe(true);
    expect([await rows(0, 'calls'), await rows(1, 'calls')]).toEqual([0, 1]);

    const create = ['accounts', 'create', '--organization', 'acme', '--name', 'burki', '--system', 'burki'];
    const account = await runProgram('cli/main.js', create, { ...env(), BURKI_API_KEY: 'key' });
    expect(account).toMatchObject({ code: 0, stderr: '' });
    const id = account.stdout.trim();
    expect((await run('accounts', 'list')).stdout).toMatch(new RegExp(`^${id} +acme +burki +BURKI`, 'm'));
    expect((await run('accounts', 'pause', 'burki', '--organization', 'acme')).stdout).toContain('is paused');
    expect((await run('accounts', 'rotate-secrets')).stdout).toContain('0 accounts are sealed anew');
    expect((await run('organizations', 'list')).stdout).toMatch(
      /^SLUG +NAME +ID +STATE +SINCE +SHARD .*\nacme +acme +\S+ +ACTIVE +- +1 +1 +1 .*\nlocal +local +\S+ +ACTIVE +- +0 +1 +0 /,
    );
    expect((await run('export', '--organization', 'acme', '--out', '-', '--columns', 'id')).stdout).toMatch(
      /^\{"id":"call_\w+"\}\n$/,
    );

    await run('organizations', 'suspend', 'acme');
    expect((await ask(gateway.url, token, '{ viewer { name } }')).status).toBe(403);
    const { db } = databases[1] as Database;
    const own = async () => [
      ...(await db.execute(sql`select slug, suspended_at is not null as is_suspended from organizations`)),
    ];
    expect(await own()).toEqual([{ slug: 'acme', is_suspended: true }]);
    await run('organizations', 'resume', 'acme');
    await run('organizations', 'rename', 'acme', 'new');
    expect(await own()).toEqual([{ slug: 'new', is_suspended: false }]);
    expect(await hasCall(gateway, token, 'one')).toBe(true);

    const { body } = await ask(gateway.url, token, '{ calls { nodes { id } } }');
    const [call] = (body.data as { calls: { nodes: { id: string }[] } }).calls.nodes;
    expect((await run('erase', '--organization', 'new', '--call', call?.id as string, '--yes')).stdout).toBe(
      `${call?.id} is erased.\n`,
    );
    expect((await run('organizations', 'delete', 'new', '--yes')).stdout).toBe(
      'new is deleted, with 0 calls.\n',
    );
    expect([await rows(0, 'organizations'), await rows(1, 'organizations')]).toEqual([1, 0]);
    expect([await rows(0, 'api_keys'), await rows(1, 'call_changes')]).toEqual([1, 0]);
  });

  it('look at each database: doctor', async () => {
    const { stdout } = await run('doctor', '--json');
    const checks = (JSON.parse(stdout) as { check: string; level: string }[]).map(({ check }) => check);
    expect(checks).toEqual(expect.arrayContaining(['webhooks', 'webhooks (shard 1)']));
  });

  it('migrate all databases', async () => {
    expect((await run('migrate')).stdout).toBe('The 2 databases are up to date.\n');
  });
});

describe('a gateway', () => {
  it('refuses a database that stands at the place of another', async () => {
    await newKey('placed', '--create', '--shard', '1');
    const [first = '', second = ''] = urls;
    const third = await createTestDatabase();
    onTestFinished(() => third.drop());
    const start = await runProgram('main.js', [], {
      ...{ DATABASE_URL: first, SHARD_URLS: `${third.url},${second}`, PORT: '0', LOG_LEVEL: 'silent' },
    });
    expect(start.code).toBe(1);
    expect(start.stderr).toMatch(
      /^switchboard: SHARD_URLS, shard 2: Postgres at \S+ is not the right database: it has organizations of shard 1, /m,
    );
  });

  it('starts without a database that is away, and serves its organizations when it is back', async () => {
    const relay = await openRelay(urls[1] as string);
    onTestFinished(() => relay.close());
    const token = (await newKey('away', '--create', '--shard', '1')).stdout.trim();
    const local = (await newKey('here', '--create')).stdout.trim();
    await relay.cut();
    const gateway = await startGateway({ ...env(), SHARD_URLS: relay.url });
    await writeCall(gateway, local, 'one');
    expect((await ask(gateway.url, token, '{ calls { totalCount } }')).status).toBe(503);
    await relay.mend();
    await expect
      .poll(async () => (await ask(gateway.url, token, '{ calls { totalCount } }')).status, {
        timeout: 30_000,
      })
      .toBe(200);
  });
});
