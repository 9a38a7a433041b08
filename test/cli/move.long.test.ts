import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, inject, onTestFinished, test } from 'vitest';
import { removeDataDir } from '../support/data-dir.js';
import { isLocked } from '../support/embedded-files.js';
import { clientOf } from '../support/gateway.js';
import { startGateway } from '../support/gateway-process.js';
import { makePreparedDataDir } from '../support/prepared-data-dir.js';
import { type Ended, runProgram } from '../support/program.js';
import { databaseUrl, onServer } from '../support/server.js';

const COMMAND = ['accounts', 'create', '--organization', 'acme', '--name', 'main', '--system', 'burki'];

async function newDatabase(): Promise<string> {
  const name = `test_${randomBytes(8).toString('hex')}`;
  await onServer(inject('adminUrl'), (sql) => sql`create database ${sql(name)}`);
  onTestFinished(() => onServer(inject('adminUrl'), (sql) => sql`drop database ${sql(name)} with (force)`));
  return databaseUrl(inject('adminUrl'), name);
}

test('the embedded Postgres moves to a server, with its keys, cursors and secrets', async () => {
  const dataDir = await makePreparedDataDir();
  onTestFinished(() => removeDataDir(dataDir));
  const switchboard = (args: string[], env: Record<string, string> = {}): Promise<Ended> =>
    runProgram('cli/main.js', args, { DATA_DIR: dataDir, ...env });
  const key = ['keys', 'create', '--organization', 'acme', '--name', 'k', '--scopes', 'all', '--create'];
  const token = (await switchboard(key)).stdout.trim();
  await switchboard(['demo', 'traffic', '--organization', 'demo', '--calls', '15']);
  expect(await switchboard(COMMAND, { BURKI_API_KEY: 'hunter2-hunter2' })).toMatchObject({ code: 0 });
  const first = await startGateway({ DATA_DIR: dataDir, VENDORS: 'off' });
  const before = clientOf(first.url, token, `Bearer ${token}`);
  await before.ask(
    'mutation { upsertCall(input: { references: [{ system: OTHER, name: "a", value: "1" }] }) { call { id } } }',
  );
  const { changeCursor } = await before.ask('{ changeCursor }');
  const url = await newDatabase();
  const early = await switchboard(['move', '--to', url]);
  expect(early).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/a gateway or another command uses/),
  });
  first.process.kill('SIGTERM');
  await first.ended;

  const { code, stdout, stderr } = await switchboard(['move', '--to', url]);
  const home = join(dataDir, 'postgres');
  expect({ code, stderr }).toEqual({ code: 0, stderr: expect.stringMatching(/comparison of all rows …\n/) });
  const place = `Postgres at ${new URL(url).host}${new URL(url).pathname}`;
  expect(stdout.split('\n')).toEqual([
    expect.stringMatching(/^[\d,]+ rows of \d+ tables were moved, and every row was compared\.$/),
    `Set DATABASE_URL to that server (${place}). What ${home} has is not used any more.`,
    `The secrets of 4 vendor accounts are sealed with secrets.key: set SECRETS_KEYS to secrets.key: and what ${home}/secrets.key has.`,
    '',
  ]);
  expect(await isLocked(dataDir)).toBe(false);

  const SECRETS_KEYS = `secrets.key:${(await readFile(join(home, 'secrets.key'), 'utf8')).trim()}`;
  const second = await startGateway({ DATABASE_URL: url, SECRETS_KEYS, VENDORS: 'off' });
  const after = clientOf(second.url, token, `Bearer ${token}`);
  expect((await after.ask('{ calls { totalCount } }')).calls.totalCount).toBe(1);
  expect((await after.ask('{ changeCursor }')).changeCursor).toBe(changeCursor);
  second.process.kill('SIGTERM');
  await second.ended;
  const accounts = await runProgram('cli/main.js', ['accounts', 'list', '--organization', 'acme'], {
    DATABASE_URL: url,
    SECRETS_KEYS,
  });
  expect(accounts.stdout).toMatch(/ ACTIVE /);

  const again = await switchboard(['move', '--to', url]);
  expect(again).toMatchObject({ code: 1, stderr: expect.stringMatching(/is not empty: --replace/) });
  expect(await switchboard(['move', '--to', url, '--replace', '--yes'])).toMatchObject({ code: 0 });
});

test('a database does not move to itself, and what is not there does not move', async () => {
  const url = await newDatabase();
  const move = (to: string) =>
    runProgram('cli/main.js', ['move', '--to', to, '--replace', '--yes'], { DATABASE_URL: url });
  expect(await move(await newDatabase())).toMatchObject({
    code: 1,
    stderr: 'switchboard: there is nothing of Switchboard to be moved\n',
  });
  await runProgram('cli/main.js', ['migrate'], { DATABASE_URL: url });
  expect(await move(url)).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/it is both ends of this one\n$/),
  });
});
