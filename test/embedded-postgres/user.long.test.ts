import { chown, lstat, mkdir, readlink, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { openEmbeddedPostgres } from '../../src/embedded-postgres/embedded-postgres.js';
import { canEnter, runsAsRoot, unprivilegedUser } from '../../src/embedded-postgres/user.js';
import { PROJECT } from '../support/built-tree.js';
import { makeDataDir, removeDataDir } from '../support/data-dir.js';
import { openInChild } from '../support/embedded-child.js';
import { startGateway } from '../support/gateway-process.js';

const nobody = await unprivilegedUser();
const folders: string[] = [];

const dataDirIn = async (mode: number) => {
  const dataDir = await makeDataDir(mode);
  folders.push(dataDir);
  return dataDir;
};

afterEach(async () => {
  await Promise.all(folders.splice(0).map(removeDataDir));
});

describe.runIf(runsAsRoot())('as root', () => {
  test('runs as an unprivileged user, with the data in the folder, if that user can enter it', async () => {
    const dataDir = await dataDirIn(0o755);
    const server = await openEmbeddedPostgres({ dataDir, durable: false });
    const entrance = join(dataDir, 'postgres');
    expect((await lstat(entrance)).isDirectory()).toBe(true);
    expect((await stat(entrance)).uid).toBe(0);
    expect((await stat(join(entrance, 'cluster'))).uid).toBe(nobody.uid);
    await server.close();
  });

  test('opens a folder that is closed itself, as a volume may be, and keeps the data in it', async () => {
    const dataDir = await dataDirIn(0o755);
    await mkdir(dataDir, { mode: 0o700 });
    const server = await openEmbeddedPostgres({ dataDir, durable: false });
    expect(server.elsewhere).toBeNull();
    expect((await lstat(join(dataDir, 'postgres'))).isDirectory()).toBe(true);
    expect((await stat(dataDir)).mode & 0o777).toBe(0o711);
    await server.close();
  });

  test('says at each start that the data are elsewhere', async () => {
    const dataDir = await dataDirIn(0o700);
    for (const _ of ['first', 'second']) {
      const gateway = await startGateway({ DATA_DIR: dataDir });
      gateway.process.kill('SIGTERM');
      const { stdout, stderr } = await gateway.ended;
      const home = await readlink(join(dataDir, 'postgres'));
      const words = `The data are not in DATA_DIR ${dataDir}, which only links to ${home}: Postgres does not run as root, and other users cannot enter ${dirname(dataDir)}.`;
      expect(stdout).toContain(words);
      expect(JSON.parse(stderr.split('\n')[0] as string)).toMatchObject({
        level: 40,
        folder: home,
        msg: expect.stringContaining(words),
      });
    }
  });

  test('keeps the data elsewhere if the folder is closed to that user', async () => {
    const dataDir = await dataDirIn(0o700);
    const server = await openEmbeddedPostgres({ dataDir, durable: false });
    const home = await readlink(join(dataDir, 'postgres'));
    expect(server.elsewhere).toEqual({ folder: home, closed: dirname(dataDir) });
    expect(await canEnter(join(home, 'cluster'), nobody)).toBe(true);
    expect((await stat(home)).uid).toBe(0);
    expect((await stat(join(home, 'cluster'))).mode & 0o777).toBe(0o700);
    await server.close();
    const again = await openEmbeddedPostgres({ dataDir, durable: false });
    expect(again.created).toBe(false);
    await again.close();
    // Lost data must not be silently replaced by an empty database.
    await rm(home, { recursive: true });
    await expect(openEmbeddedPostgres({ dataDir })).rejects.toThrow(/points to a folder that is gone/);
  });

  test('starts with an empty database once a closed folder was deleted', async () => {
    const dataDir = await dataDirIn(0o700);
    await (await openEmbeddedPostgres({ dataDir, durable: false })).close();
    const home = await readlink(join(dataDir, 'postgres'));
    await rm(dataDir, { recursive: true });
    const again = await openEmbeddedPostgres({ dataDir, durable: false });
    expect(again.created).toBe(true);
    await again.close();
    await rm(home, { recursive: true });
  });
});

describe.runIf(runsAsRoot() && (await canEnter(PROJECT, nobody)))('as an ordinary user', () => {
  test('keeps everything in the folder as its own', async () => {
    const dataDir = await dataDirIn(0o700);
    await mkdir(dataDir);
    for (const folder of [dirname(dataDir), dataDir]) await chown(folder, nobody.uid, nobody.gid);
    const child = await openInChild(dataDir, nobody);
    expect(child.created).toBe(true);
    expect((await lstat(join(dataDir, 'postgres'))).isDirectory()).toBe(true);
    expect((await stat(join(dataDir, 'postgres'))).uid).toBe(nobody.uid);
    expect(await child.close()).toBe(0);
  });

  test('shares its data with root, who runs the server as that user', async () => {
    const dataDir = await dataDirIn(0o755);
    await chown(dirname(dataDir), nobody.uid, nobody.gid);
    await (await openInChild(dataDir, nobody)).close();
    const root = await openEmbeddedPostgres({ dataDir, durable: false });
    expect(root.created).toBe(false);
    const user = await openInChild(dataDir, nobody);
    expect(user.url).toBe(root.url);
    await root.close();
    expect(await user.close()).toBe(0);
  });

  test("is refused another user's folder", async () => {
    const dataDir = await dataDirIn(0o755);
    await mkdir(join(dataDir, 'postgres', 'cluster'), { recursive: true });
    await writeFile(join(dataDir, 'postgres', 'password'), 'secret', { mode: 0o600 });
    await expect(openInChild(dataDir, nobody)).rejects.toThrow(/belongs to another user: set DATA_DIR/);
  });
});
