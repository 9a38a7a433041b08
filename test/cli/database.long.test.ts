import { afterEach, beforeEach, expect, test } from 'vitest';
import { freePort } from '../../src/embedded-postgres/server.js';
import { removeDataDir } from '../support/data-dir.js';
import { isLocked } from '../support/embedded-files.js';
import { startGateway } from '../support/gateway-process.js';
import { makePreparedDataDir } from '../support/prepared-data-dir.js';
import { runProgram } from '../support/program.js';
import { onServer } from '../support/server.js';

let dataDir: string;
beforeEach(async () => {
  dataDir = await makePreparedDataDir();
});
afterEach(() => removeDataDir(dataDir));

const databaseUrl = (env: Record<string, string>) => runProgram('cli/main.js', ['database', 'url'], env);

test('database url is that of the embedded Postgres while it runs, which takes its settings and its port', async () => {
  const port = await freePort();
  const gateway = await startGateway({
    DATA_DIR: dataDir,
    EMBEDDED_POSTGRES_SETTINGS: `work_mem=7MB, port=${port}, shared_buffers=16MB`,
  });
  const { code, stdout, stderr } = await databaseUrl({ DATA_DIR: dataDir });
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(new URL(stdout.trim()).host).toBe(`127.0.0.1:${port}`);
  await onServer(stdout.trim(), async (sql) => {
    const settings = await sql`
      select name, setting || coalesce(unit, '') as value from pg_settings where name in ('work_mem', 'shared_buffers', 'jit')
      order by 1`;
    expect(settings).toEqual([
      { name: 'jit', value: 'off' },
      { name: 'shared_buffers', value: '20488kB' },
      { name: 'work_mem', value: '7168kB' },
    ]);
    expect(await sql`select from organizations`).toHaveLength(1);
  });
  gateway.process.kill('SIGTERM');
  await gateway.ended;
  const after = await databaseUrl({ DATA_DIR: dataDir });
  expect(after).toMatchObject({ code: 1, stdout: '' });
  expect(after.stderr).toBe(
    `switchboard: the embedded Postgres in DATA_DIR ${dataDir} does not run: it does while a gateway or a command runs\n`,
  );
  expect(await isLocked(dataDir)).toBe(false);
});

test('database url is DATABASE_URL if that is set, whether or not it answers', async () => {
  const url = 'postgres://me:hunter2@127.0.0.1:1/calls';
  expect(await databaseUrl({ DATABASE_URL: url })).toEqual({ code: 0, stdout: `${url}\n`, stderr: '' });
});

test.each([
  ['shared_bufers=1GB', 'unrecognized configuration parameter "shared_bufers"'],
  ['work_mem=much', 'invalid value for parameter "work_mem": "much"'],
])('a setting that Postgres refuses ends the start: %s', async (given, words) => {
  const env = { DATA_DIR: dataDir, EMBEDDED_POSTGRES_SETTINGS: given };
  const { code, stdout, stderr } = await runProgram('cli/main.js', ['keys', 'list'], env);
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
  expect(stderr).toMatch(
    /^switchboard: EMBEDDED_POSTGRES_SETTINGS: the embedded Postgres did not start: [^\n]+\n$/,
  );
  expect(stderr).toContain(words);
  expect(await isLocked(dataDir)).toBe(false);
});
