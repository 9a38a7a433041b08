import { chmod, mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { makeDataDir, removeDataDir } from '../support/data-dir.js';
import { isLocked } from '../support/embedded-files.js';
import { fakeBinaries } from '../support/fake-binaries.js';
import { canMount, runMounted } from '../support/mounted.js';
import { makePreparedDataDir } from '../support/prepared-data-dir.js';
import { type Ended, runProgram } from '../support/program.js';

let dataDir: string;
const folders: string[] = [];

const kept = async (made: Promise<string>) => {
  dataDir = await made;
  folders.push(dataDir);
};

afterEach(async () => {
  await Promise.all(folders.splice(0).map(removeDataDir));
});

/** Expects a refused start with one line that names DATA_DIR; returns the rest of it. */
function refusal({ code, stdout, stderr }: Ended, place = dataDir): string {
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
  expect(stderr).toMatch(/^switchboard: [^\n]+\n$/);
  const head = `switchboard: DATA_DIR ${place} cannot be used: `;
  expect(stderr.slice(0, head.length)).toBe(head);
  return stderr.slice(head.length).trim();
}

const start = (env: Record<string, string> = {}) =>
  runProgram('main.js', [], { DATA_DIR: dataDir, PORT: '0', LOG_LEVEL: 'silent', ...env });

const PUT_BACK = 'put back the file that its Postgres was made with, or set DATA_DIR to another folder';

describe('a password file', () => {
  const file = () => join(dataDir, 'postgres', 'password');
  beforeEach(() => kept(makePreparedDataDir()));

  test.each<[string, () => Promise<unknown>, () => string]>([
    ['empty', () => writeFile(file(), ''), () => `${file()} is empty: ${PUT_BACK}`],
    ['of blanks', () => writeFile(file(), ' \n'), () => `${file()} is empty: ${PUT_BACK}`],
    ['gone', () => rm(file()), () => `${file()} is gone: ${PUT_BACK}`],
    ['a folder', () => rm(file()).then(() => mkdir(file())), () => `${file()} is no file: ${PUT_BACK}`],
    [
      'another one’s',
      () => writeFile(file(), 'another'),
      () => `${file()} does not have the password of its Postgres: ${PUT_BACK}`,
    ],
    [
      'no password at all',
      () => writeFile(file(), 'a@b/c#d e:%\u00e4\n'),
      () => `${file()} does not have the password of its Postgres: ${PUT_BACK}`,
    ],
    ['open', () => chmod(file(), 0o644), () => `${file()} is open to other users (mode 644): chmod 600 it`],
  ])('that is %s is named, with what helps, and Postgres is not left running', async (_, spoil, line) => {
    await spoil();
    expect(refusal(await start())).toBe(line());
    expect(await isLocked(dataDir)).toBe(false);
    const listing = await runProgram('cli/main.js', ['keys', 'list'], { DATA_DIR: dataDir });
    expect(refusal(listing)).toBe(line());
  });

  test('may end with a line break, as an editor leaves it', async () => {
    const { readFile } = await import('node:fs/promises');
    await writeFile(file(), `${await readFile(file(), 'utf8')}\n`);
    const { code, stderr } = await runProgram('cli/main.js', ['keys', 'list'], { DATA_DIR: dataDir });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  });
});

const FULL = 'its disk is full: free some space there, or set DATA_DIR to a folder on another disk';
const READ_ONLY = 'its file system is read-only: mount it for writing, or set DATA_DIR to a folder elsewhere';

/** If nothing can be mounted, fake programs print what Postgres would. */
const startOn = async (mounts: string[], said: { initdb?: string; postgres?: string }): Promise<Ended> => {
  const env = { DATA_DIR: dataDir, PORT: '0', LOG_LEVEL: 'silent' };
  if (canMount) return runMounted(mounts, 'main.js', [], env);
  const binaries = await fakeBinaries(dirname(dataDir), said);
  return runProgram('main.js', [], { ...env, ...binaries });
};

describe('a disk that is full', () => {
  test('when the cluster is made is named', async () => {
    await kept(makeDataDir());
    await mkdir(dataDir);
    const mounts = [`mount -t tmpfs -o size=4m,mode=755 tmpfs ${dataDir}`];
    const initdb = 'initdb: error: could not write to file "pg_wal/xlogtemp.1": No space left on device';
    expect(refusal(await startOn(mounts, { initdb }))).toMatch(
      new RegExp(`^${FULL} \\(.*No space left on device.*\\)$`),
    );
  });

  test.each([
    ['at the start', 0],
    ['by the first database', 17_000],
  ])('%s is named, and Postgres is not tried again', async (_, free) => {
    await kept(makePreparedDataDir());
    const there = `${dirname(dataDir)}/there`;
    const mounts = [
      `mkdir ${there}`,
      `mount -t tmpfs -o size=150m,mode=755 tmpfs ${there}`,
      `cp -a ${dataDir}/. ${there}`,
      `avail=$(df -k --output=avail ${there} | tail -1)`,
      `dd if=/dev/zero of=${there}/fill bs=1024 count=$((avail - ${free})) 2>/dev/null || true`,
      `mount --bind ${there} ${dataDir}`,
    ];
    const postgres = 'FATAL:  could not write lock file "postmaster.pid": No space left on device';
    expect(refusal(await startOn(mounts, { postgres }))).toMatch(
      new RegExp(`^${FULL} \\(.*No space left on device.*\\)$`),
    );
  });
});

describe('a file system that is read-only', () => {
  test('is named when the data is there', async () => {
    await kept(makePreparedDataDir());
    const mounts = [`mount --bind ${dataDir} ${dataDir}`, `mount -o remount,ro,bind ${dataDir}`];
    const postgres = 'FATAL:  could not create lock file "postmaster.pid": Read-only file system';
    const line = refusal(await startOn(mounts, { postgres }));
    expect(line).toMatch(new RegExp(`^${READ_ONLY} \\(.*ead-only file system.*\\)$`));
  });

  test('is named when the folder is yet to be made', async () => {
    await kept(makeDataDir());
    const mounts = [
      `mount --bind ${dirname(dataDir)} ${dirname(dataDir)}`,
      `mount -o remount,ro,bind ${dirname(dataDir)}`,
    ];
    const initdb = 'initdb: error: could not create directory "base": Read-only file system';
    const line = refusal(await startOn(mounts, { initdb }));
    expect(line.startsWith(`${READ_ONLY} (`)).toBe(true);
  });
});

test('a DATA_DIR that is a file is named', async () => {
  await kept(makeDataDir());
  await writeFile(dataDir, '');
  expect(refusal(await start())).toMatch(/^it is no folder, or lies in none: set DATA_DIR to a folder \(/);
  const below = join(dataDir, 'below');
  expect(refusal(await start({ DATA_DIR: below }), below)).toMatch(/^it is no folder, or lies in none/);
});
