import { randomBytes } from 'node:crypto';
import { afterEach, beforeEach, expect, inject, test } from 'vitest';
import { runProgram } from '../support/program.js';
import { databaseUrl, onServer } from '../support/server.js';

const name = `test_${randomBytes(8).toString('hex')}`;
const url = databaseUrl(inject('adminUrl'), name);

beforeEach(() => onServer(inject('adminUrl'), (sql) => sql`create database ${sql(name)}`));
afterEach(() => onServer(inject('adminUrl'), (sql) => sql`drop database ${sql(name)} with (force)`));

test('migrate brings an empty database up to date, and does nothing to one that is', async () => {
  for (const _ of ['first', 'second']) {
    const { code, stderr } = await runProgram('cli/main.js', ['migrate'], { DATABASE_URL: url });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  }
  await onServer(url, async (sql) => {
    expect(await sql`select from organizations`).toHaveLength(0);
  });
});

test('schema prints the schema and needs no database', async () => {
  const unreachable = { DATABASE_URL: 'postgres://127.0.0.1:1/none' };
  const { code, stdout } = await runProgram('cli/main.js', ['schema'], unreachable);
  expect(code).toBe(0);
  expect(stdout).toContain('type Query {');
});

test('--help explains every command', async () => {
  const { code, stdout, stderr } = await runProgram('cli/main.js', ['--help'], {});
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  const accounts = ['create', 'list', 'test', 'pause', 'resume', 'delete', 'rotate-secrets'];
  const commands = ['keys create', 'keys list', 'keys revoke', 'migrate', 'schema', 'import', 'export'];
  for (const command of [...commands, ...accounts.map((name) => `accounts ${name}`)]) {
    expect(stdout).toContain(command);
  }
  const variables = [
    'DATABASE_URL',
    'DATABASE_DIRECT_URL',
    'DATA_DIR',
    'DATABASE_TIMEOUT',
    'START_TIMEOUT',
    'SECRETS_KEYS',
  ];
  for (const name of variables) expect(stdout).toMatch(new RegExp(`^  ${name} +[A-Z].*\\.$`, 'm'));
  expect(stdout).toMatch(/^ {2}START_TIMEOUT .* Default 30\.$/m);
});

test('an unreachable DATABASE_URL is one line without its password', async () => {
  const env = { DATABASE_URL: 'postgres://me:hunter2@127.0.0.1:1/calls' };
  const { code, stdout, stderr } = await runProgram('cli/main.js', ['keys', 'list'], env);
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
  expect(stderr).toMatch(/^switchboard: DATABASE_URL[^\n]+\n$/);
  expect(stderr).not.toContain('hunter2');
});
