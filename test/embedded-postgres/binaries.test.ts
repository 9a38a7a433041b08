import { cp, lstat, mkdir, readdir, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { findBinaries } from '../../src/embedded-postgres/binaries.js';
import { openEmbeddedPostgres } from '../../src/embedded-postgres/embedded-postgres.js';
import { makeDataDir, removeDataDir } from '../support/data-dir.js';

let dataDir: string;

beforeEach(async () => {
  dataDir = await makeDataDir();
});

afterEach(async () => {
  vi.unstubAllGlobals();
  vi.doUnmock(platformPackage);
  await removeDataDir(dataDir);
});

const platformPackage = `@embedded-postgres/${process.platform}-${process.arch}`;

test('names the platform and the remedy if there is no embedded Postgres', async () => {
  vi.stubGlobal('process', Object.create(process, { arch: { value: 'pdp11' } }));
  await expect(openEmbeddedPostgres({ dataDir })).rejects.toThrow(
    `no embedded Postgres for ${process.platform}-pdp11: set DATABASE_URL`,
  );
  expect(await readdir(dataDir)).toEqual([]);
});

describe('a package whose install script did not run', () => {
  test('is copied with its links, and not modified', async () => {
    const { postgres } = await findBinaries(dataDir, undefined);
    const original = dirname(dirname(dirname(postgres)));
    const bare = join(dataDir, '..', 'bare');
    await mkdir(bare);
    await cp(join(original, 'package.json'), join(bare, 'package.json'));
    await cp(join(original, 'native'), join(bare, 'native'), {
      recursive: true,
      filter: async (path) => !(await lstat(path)).isSymbolicLink(),
    });
    const before = await readdir(join(bare, 'native', 'lib'));
    vi.doMock(platformPackage, () => ({ postgres: join(bare, 'native', 'bin', 'postgres') }));

    const server = await openEmbeddedPostgres({ dataDir, durable: false });
    expect(server.created).toBe(true);
    await server.close();
    const home = await readdir(join(dataDir, 'postgres'));
    expect(home.filter((name) => name.startsWith('binaries-'))).toHaveLength(1);
    expect(await readdir(join(bare, 'native', 'lib'))).toEqual(before);
    expect((await stat(join(bare, 'native', 'lib'))).isDirectory()).toBe(true);
    await rm(bare, { recursive: true });
  });
});
