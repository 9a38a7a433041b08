import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterEach, expect, test, vi } from 'vitest';
import { DataDirDiagnosis } from '../../src/embedded-postgres/data-dir-diagnosis.js';
import { openEmbeddedPostgres } from '../../src/embedded-postgres/embedded-postgres.js';
import { StartError } from '../../src/foundation/start-error.js';
import { makeDataDir, removeDataDir } from '../support/data-dir.js';
import { failingPackage, type Said } from '../support/fake-binaries.js';
import { makePreparedDataDir } from '../support/prepared-data-dir.js';

const platformPackage = `@embedded-postgres/${process.platform}-${process.arch}`;
const folders: string[] = [];

afterEach(async () => {
  vi.doUnmock(platformPackage);
  await Promise.all(folders.splice(0).map(removeDataDir));
});

/** Opens a folder with programs that print something and fail; returns the error. */
async function refusal(made: Promise<string>, said: Said): Promise<{ dataDir: string; message: string }> {
  const dataDir = await made;
  folders.push(dataDir);
  const postgres = await failingPackage(dirname(dataDir), said);
  vi.doMock(platformPackage, () => ({ postgres }));
  const error = await openEmbeddedPostgres({ dataDir }).catch((cause: unknown) => cause);
  expect(error).toBeInstanceOf(StartError);
  return { dataDir, message: (error as StartError).message };
}

const FULL = 'its disk is full: free some space there, or set DATA_DIR to a folder on another disk';
const READ_ONLY = 'its file system is read-only: mount it for writing, or set DATA_DIR to a folder elsewhere';
const DENIED = 'this user may not use it: give it back its owner and mode, or set DATA_DIR to another folder';

test.each([
  ['could not write to file "pg_wal/xlogtemp.1": No space left on device', FULL],
  ['could not extend file "base/1/2": Disk quota exceeded', FULL],
  ['could not create directory "base": Read-only file system', READ_ONLY],
  ['could not change permissions of directory "x": Operation not permitted', DENIED],
  ['could not access directory "x": Permission denied', DENIED],
])('initdb that says %j is explained', async (words, told) => {
  const initdb = `initdb: error: ${words}`;
  const { dataDir, message } = await refusal(makeDataDir(), { initdb });
  expect(message.startsWith(`DATA_DIR ${dataDir} cannot be used: ${told} (`)).toBe(true);
  expect(message).toContain(initdb);
});

test.each([
  ['could not write lock file "postmaster.pid": No space left on device', FULL],
  ['could not create lock file "postmaster.pid": Read-only file system', READ_ONLY],
  ['could not open lock file "postmaster.pid": Permission denied', DENIED],
  ['data directory "x" has invalid permissions', DENIED],
  ['data directory "x" has wrong ownership', DENIED],
])('a server that says %j is explained, and not started again', async (words, told) => {
  const postgres = `2026-01-01 00:00:00 UTC [1] FATAL:  ${words}`;
  const { dataDir, message } = await refusal(makePreparedDataDir(), { postgres });
  const logFile = join(dataDir, 'postgres', 'postgres.log');
  expect(message).toBe(
    `DATA_DIR ${dataDir} cannot be used: ${told} (the embedded Postgres did not start: ${words} (its log is ${logFile}))`,
  );
  expect((await readFile(logFile, 'utf8')).split(words)).toHaveLength(2);
});

test('any other error is reported in the words of Postgres', async () => {
  const { dataDir, message } = await refusal(makeDataDir(), { initdb: 'initdb: error: something else' });
  expect(message).toMatch(
    new RegExp(`^DATA_DIR ${dataDir} cannot be used: \\S+ ended with 1: initdb: error`),
  );
});

test('only errors of Postgres are blamed on DATA_DIR', async () => {
  const dataDir = await makePreparedDataDir();
  folders.push(dataDir);
  const place = await DataDirDiagnosis.of(dataDir);
  const listen = Object.assign(new Error('listen EACCES'), { code: 'EACCES', syscall: 'listen' });
  expect(await place.explain(listen)).toBe(listen);
  const unique = Object.assign(new Error('duplicate key'), { code: '23505' });
  expect(await place.explain(unique)).toBe(unique);
  const full = Object.assign(new Error('could not extend file: No space left on device'), { code: '53100' });
  expect(await place.explain(full)).toMatchObject({
    name: 'StartError',
    message: `DATA_DIR ${dataDir} cannot be used: ${FULL} (${full.message})`,
  });
});
