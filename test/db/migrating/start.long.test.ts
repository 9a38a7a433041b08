import { randomBytes } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, inject, onTestFinished, test } from 'vitest';
import { migrate } from '../../../src/db/migrate.js';
import { probe } from '../../faults/requests.js';
import { startGateway } from '../../support/gateway-process.js';
import { createTestDatabase, type TestDatabase } from '../../support/postgres.js';
import { runProgram } from '../../support/program.js';
import { onServer } from '../../support/server.js';
import { createEmptyDatabase } from './empty-database.js';

let database: TestDatabase;
const givenEmpty = async () => {
  database = await createEmptyDatabase();
};
afterEach(() => database.drop());

async function tables(): Promise<number> {
  let count = 0;
  await onServer(database.url, async (sql) => {
    count = (await sql`select from pg_tables where schemaname = 'public'`).length;
  });
  return count;
}

async function forget(): Promise<string> {
  let name = '';
  await onServer(database.url, async (sql) => {
    const [row] = await sql`delete from switchboard_migrations
      where created_at = (select max(created_at) from switchboard_migrations) returning name`;
    name = row?.name;
  });
  return name;
}

const note = (needs: number | null) =>
  onServer(
    database.url,
    (sql) => sql`insert into switchboard_migrations (name, created_at, hash, needs)
      values ('9999_next', ${Number.MAX_SAFE_INTEGER}, '', ${needs})`,
  );

const start = (env: Record<string, string> = {}) =>
  runProgram('main.js', [], { DATABASE_URL: database.url, PORT: '0', ...env });
const command = (...args: string[]) => runProgram('cli/main.js', args, { DATABASE_URL: database.url });

describe('an empty database', () => {
  beforeEach(givenEmpty);

  test.each([
    ['keys', 'list'],
    ['organizations', 'list'],
    ['migrate', '--grants', 'someone'],
  ])('is not migrated by %s %s', async (...args) => {
    const { code, stdout, stderr } = await command(...args.filter((arg) => arg !== undefined));
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(
      /^switchboard: the database lacks migrations of this version \(0000_.*\): run switchboard migrate\n$/,
    );
    expect(await tables()).toBe(0);
  });

  test('is not migrated by a gateway with MIGRATE=off, which ends', async () => {
    const { code, stdout, stderr } = await start({ MIGRATE: 'off' });
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(/^switchboard: the database lacks migrations of this version [^\n]+\n$/);
    expect(await tables()).toBe(0);
  });

  test('is migrated by a gateway with MIGRATE=only, which ends, and then served with MIGRATE=off', async () => {
    expect(await start({ MIGRATE: 'only' })).toEqual({
      code: 0,
      stdout: 'The database is up to date.\n',
      stderr: '',
    });
    const gateway = await startGateway({ DATABASE_URL: database.url, MIGRATE: 'off' });
    expect((await probe(gateway.url, '/health/ready'))?.status).toBe(200);
  });
});

describe('a database of another version', () => {
  beforeEach(async () => {
    database = await createTestDatabase();
  });

  test('is refused if it is older, and lacks only the last migration', async () => {
    const name = await forget();
    const { code, stderr } = await command('keys', 'list');
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: `switchboard: the database lacks migrations of this version (${name}): run switchboard migrate\n`,
    });
    expect((await start({ MIGRATE: 'off' })).code).toBe(1);
  });

  test('is served if it is newer and this version can work with it, and the log says so', async () => {
    await note(1);
    const gateway = await startGateway({ DATABASE_URL: database.url });
    expect((await probe(gateway.url, '/health/ready'))?.status).toBe(200);
    expect((await command('keys', 'list')).code).toBe(0);
    gateway.process.kill('SIGTERM');
    const { stderr } = await gateway.ended;
    expect(stderr).toMatch(/"migrations":\["9999_next"\],"msg":"the database is of a newer version"/);
  });

  test('is refused if it is newer and this version cannot work with it', async () => {
    await note(Number.MAX_SAFE_INTEGER);
    for (const { code, stderr } of [await start(), await command('keys', 'list'), await command('migrate')]) {
      expect(code).toBe(1);
      expect(stderr).toMatch(
        /^switchboard: the database \w+ is of a newer version, which this one cannot work on\n$/,
      );
    }
  });
});

describe('a role with the grants that are printed', () => {
  beforeEach(async () => {
    database = await createEmptyDatabase();
    await migrate(database.url);
  });

  test('serves beside the role that migrates, and may make nothing', async () => {
    const role = `Serving ${randomBytes(6).toString('hex')}`;
    await onServer(database.url, (sql) => sql.unsafe(`create role "${role}" login password 'serving'`));
    onTestFinished(() => onServer(inject('adminUrl'), (sql) => sql.unsafe(`drop role "${role}"`)));
    const { code, stdout: grants } = await command('migrate', '--grants', role);
    expect(code).toBe(0);
    await onServer(database.url, (sql) => sql.unsafe(grants));
    const its = new URL(database.url);
    its.username = encodeURIComponent(role);
    its.password = 'serving';
    const env = { DATABASE_URL: its.href, DATABASE_MIGRATE_URL: database.url };
    const gateway = await startGateway(env);
    expect((await probe(gateway.url, '/health/ready'))?.status).toBe(200);
    const made = await runProgram(
      'cli/main.js',
      ['keys', 'create', '--organization', 'acme', '--create', '--name', 'a', '--scopes', 'all'],
      env,
    );
    expect(made.code).toBe(0);
    await onServer(its.href, async (sql) => {
      await expect(sql`create table mine ()`).rejects.toThrow('permission denied');
      await expect(sql`delete from switchboard_migrations`).rejects.toThrow('permission denied');
    });
    await onServer(database.url, (sql) => sql.unsafe('create table later (a bigserial)'));
    await onServer(its.href, (sql) => sql`insert into later default values`);
  });
});
