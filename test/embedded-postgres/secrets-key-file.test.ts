import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { secretsKeyBeside } from '../../src/embedded-postgres/secrets-key-file.js';

let folder: string;
let file: string;
let cluster: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'switchboard-test-'));
  cluster = join(folder, 'cluster');
  file = join(folder, 'secrets.key');
  await mkdir(cluster);
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const keyBeside = (isMade = true) => secretsKeyBeside({ cluster }, { isMade });

it('is made once, for its owner alone, and stays', async () => {
  const made = await keyBeside();
  expect(made?.key).toHaveLength(32);
  expect((await stat(file)).mode & 0o777).toBe(0o600);
  expect(await keyBeside()).toEqual(made);
  expect(await keyBeside(false)).toEqual(made);
});

it('is not made where it need not be', async () => {
  expect(await keyBeside(false)).toBeNull();
  expect(await readdir(folder)).toEqual(['cluster']);
});

it('is the same for all that make it at once, and leaves nothing else', async () => {
  const made = await Promise.all(Array.from({ length: 20 }, () => keyBeside()));
  expect(new Set(made.map((key) => Buffer.from(key?.key ?? []).toString('hex'))).size).toBe(1);
  expect((await readdir(folder)).toSorted()).toEqual(['cluster', 'secrets.key']);
  expect(await readFile(file, 'utf8')).toBe(`${Buffer.from(made[0]?.key ?? []).toString('base64')}\n`);
});

it('is refused when others may read it, or when it is damaged, and is never made anew', async () => {
  await keyBeside();
  await chmod(file, 0o644);
  await expect(keyBeside()).rejects.toThrow(
    /secrets\.key is open to other users \(mode 644\): chmod 600 it$/,
  );
  await writeFile(file, 'short');
  await chmod(file, 0o600);
  await expect(keyBeside()).rejects.toThrow(/secrets\.key is damaged/);
  expect(await readFile(file, 'utf8')).toBe('short');
});
