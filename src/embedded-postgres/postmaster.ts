import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { readFile, readlink, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

export interface Postmaster {
  pid: number;
  port: number;
  status: 'starting' | 'ready' | 'stopping';
}

/** The file survives a kill, and its pid may now belong to another program or a zombie. */
export async function findPostmaster(cluster: string): Promise<Postmaster | undefined> {
  const found = parse(await readFile(lockFile(cluster), 'utf8').catch(() => ''));
  return found && (await runsOn(cluster, found.pid)) ? found : undefined;
}

export async function lastPort(cluster: string): Promise<number | undefined> {
  const port = parse(await readFile(lockFile(cluster), 'utf8').catch(() => ''))?.port;
  return port !== undefined && Number.isInteger(port) && port > 0 && port < 65_536 ? port : undefined;
}

/** A lock that is being written looks like one without a server. */
const SETTLED_MS = 1_500;

/** Postgres would refuse to start if any process has the lock's pid. */
export async function removeStaleLock(cluster: string): Promise<void> {
  if (await findPostmaster(cluster)) return;
  const age = await stat(lockFile(cluster)).then(
    ({ mtimeMs }) => Date.now() - mtimeMs,
    () => 0,
  );
  if (age < SETTLED_MS) return;
  const stale = parse(await readFile(lockFile(cluster), 'utf8').catch(() => ''))?.pid;
  const aside = join(cluster, `${randomUUID()}.pid`);
  const moved = await rename(lockFile(cluster), aside).then(
    () => true,
    () => false,
  );
  if (!moved) return;
  const taken = parse(await readFile(aside, 'utf8').catch(() => ''))?.pid;
  // A server may have started before the rename: then this is its lock.
  if (taken !== stale) await rename(aside, lockFile(cluster));
  else await rm(aside, { force: true });
}

// The lines: src/include/utils/pidfile.h of PostgreSQL.
function parse(text: string): Postmaster | undefined {
  const lines = text.split('\n').map((line) => line.trim());
  const pid = Number(lines[0]);
  if (!Number.isSafeInteger(pid) || pid <= 0) return undefined;
  const status = lines[7] === 'ready' || lines[7] === 'stopping' ? lines[7] : 'starting';
  return { pid, port: Number(lines[3]), status };
}

const lockFile = (cluster: string) => join(cluster, 'postmaster.pid');

async function runsOn(cluster: string, pid: number): Promise<boolean> {
  if (process.platform === 'linux') return (await readlink(`/proc/${pid}/cwd`).catch(() => '')) === cluster;
  if (process.platform === 'win32') return isAlive(pid);
  const run = await promisify(execFile)('ps', ['-o', 'stat=,command=', '-p', `${pid}`]).catch(() => ({
    stdout: '',
  }));
  return !run.stdout.startsWith('Z') && run.stdout.includes(cluster);
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
