import { once } from 'node:events';
import { createServer } from 'node:net';
import { afterEach, beforeEach, expect, inject, test } from 'vitest';
import { removeDataDir } from '../support/data-dir.js';
import { isLocked } from '../support/embedded-files.js';
import { startGateway } from '../support/gateway-process.js';
import { makePreparedDataDir } from '../support/prepared-data-dir.js';
import { runProgram } from '../support/program.js';

let dataDir: string;

beforeEach(async () => {
  dataDir = await makePreparedDataDir();
});

afterEach(() => removeDataDir(dataDir));

/** Starts a gateway that fails, and returns its one line of output. */
async function refusal(env: Record<string, string>): Promise<string> {
  const { code, stdout, stderr } = await runProgram('main.js', [], {
    LOG_LEVEL: 'warn',
    DATA_DIR: dataDir,
    PORT: '0',
    ...env,
  });
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
  expect(stderr).toMatch(/^[^\n]+\n$/);
  return stderr;
}

test('a port that is taken is named, Postgres is stopped, and the next start still shows its key', async () => {
  const other = createServer().listen(0, '127.0.0.1');
  await once(other, 'listening');
  const address = other.address();
  const port = typeof address === 'object' ? address?.port : undefined;
  expect(await refusal({ PORT: `${port}` })).toMatch(new RegExp(`PORT ${port} .*taken`));
  expect(await isLocked(dataDir)).toBe(false);
  other.close();
  const gateway = await startGateway({ DATA_DIR: dataDir });
  expect(gateway.token).toMatch(/^sb_/);
  gateway.process.kill('SIGTERM');
  await gateway.ended;
});

test('a host that is not ours is named', async () => {
  expect(await refusal({ HOST: '192.0.2.1' })).toMatch(/HOST 192\.0\.2\.1 /);
});

test.each([
  ['refuses connections', 'postgres://me:hunter2@127.0.0.1:1/calls'],
  ['does not exist', 'postgres://me:hunter2@no-such-host.invalid/calls'],
])('a DATABASE_URL whose server %s is named without its password', async (_, url) => {
  const line = await refusal({ DATABASE_URL: url });
  expect(line).toContain('DATABASE_URL');
  expect(line).not.toContain('hunter2');
});

test('a DATABASE_URL with a wrong password or database is named without its password', async () => {
  const url = new URL(inject('adminUrl'));
  url.pathname = '/no_such_database';
  expect(await refusal({ DATABASE_URL: url.href })).toMatch(/DATABASE_URL.*no_such_database/);
  url.password = 'hunter2';
  const line = await refusal({ DATABASE_URL: url.href });
  expect(line).toMatch(/DATABASE_URL.*(password authentication failed|no_such_database)/);
  expect(line).not.toContain('hunter2');
});

test.each([
  ['PORT', 'http'],
  ['DATABASE_URL', 'mysql://me:hunter2@localhost/calls'],
  ['DEMO', 'perhaps'],
])('an invalid %s is named before anything is opened', async (name, value) => {
  const line = await refusal({ [name]: value });
  expect(line).toMatch(new RegExp(`^switchboard: ${name} must `));
  expect(line).not.toContain('hunter2');
  expect(await isLocked(dataDir)).toBe(false);
});

test('a DATA_DIR that cannot be used is named', async () => {
  expect(await refusal({ DATA_DIR: '/dev/null/data' })).toMatch(/DATA_DIR|\/dev\/null/);
});
