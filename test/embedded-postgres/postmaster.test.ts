import { mkdtemp, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { removeStaleLock } from '../../src/embedded-postgres/postmaster.js';

let cluster: string;
let lock: string;

beforeEach(async () => {
  cluster = await mkdtemp(join(tmpdir(), 'switchboard-test-'));
  lock = join(cluster, 'postmaster.pid');
});
afterEach(() => rm(cluster, { recursive: true, force: true }));

const age = (seconds: number) => utimes(lock, new Date(), new Date(Date.now() - seconds * 1000));
const isThere = () =>
  readFile(lock).then(
    () => true,
    () => false,
  );

test.each(['', '4', `${process.pid}\n${'x'}`])(
  'a young lock stays, whatever is in it: %j, for its server may just be writing it',
  async (text) => {
    await writeFile(lock, text);
    await removeStaleLock(cluster);
    expect(await isThere()).toBe(true);
  },
);

test('an old lock is removed if its pid belongs to a program that is no server of this folder', async () => {
  await writeFile(lock, `${process.pid}\n${cluster}\n0\n1\n`);
  await age(60);
  await removeStaleLock(cluster);
  expect(await isThere()).toBe(false);
});

test('does nothing without a lock', async () => {
  await removeStaleLock(cluster);
  expect(await isThere()).toBe(false);
});
