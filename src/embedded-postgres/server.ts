import { once } from 'node:events';
import { open, readFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { oneLine } from '../foundation/one-line.js';
import { isDataDirFault } from './data-dir-diagnosis.js';
import type { Home } from './home.js';
import { findPostmaster, lastPort, removeStaleLock } from './postmaster.js';
import { runPostgres, spawnPostgres } from './process.js';

export const POLL_MS = 10;

export type ServerSettings = Readonly<Record<string, string>>;

// Then the server is stopped without a checkpoint and recovers later.
const FAST_SHUTDOWN_MS = 30_000;

const SETTINGS: ServerSettings = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  max_connections: '200',
  shared_buffers: '128MB',
  timezone: 'UTC',
  log_timezone: 'UTC',
  // The JIT compiler slows down short queries that it misjudges.
  jit: 'off',
  log_checkpoints: 'off',
  // Failed statements would only repeat what clients sent.
  log_min_messages: 'log',
};

export const NOT_DURABLE: ServerSettings = {
  fsync: 'off',
  synchronous_commit: 'off',
  full_page_writes: 'off',
};

export interface Started {
  pid: number | undefined;
  collect(): Promise<void>;
}

export interface FailedStart {
  reason: string;
  isTransient: boolean;
}

/** @param port by default, the port that a killed server had, if free: its clients may still connect there */
export async function startServer(
  home: Home,
  given: ServerSettings,
  port?: number,
): Promise<Started | FailedStart> {
  const last = port ?? (await lastPort(home.cluster));
  await removeStaleLock(home.cluster);
  const settings = {
    ...SETTINGS,
    ...given,
    port: given.port ?? `${port ?? (await freePort(last))}`,
  };
  const log = await open(home.logFile, 'a', 0o600);
  try {
    const { size } = await log.stat();
    if (home.user) await log.chown(home.user.uid, home.user.gid);
    const options = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
    const args = ['-D', home.cluster, ...options];
    const server = spawnPostgres(home.binaries.postgres, args, home.user, ['ignore', log.fd, log.fd]);
    server.unref();
    const ended = once(server, 'exit').then(
      () => {},
      () => {},
    );
    if (!(await untilReady(server.pid, ended, home.cluster))) {
      return failure(await readFile(home.logFile), size);
    }
    const collect = () => {
      server.ref();
      return ended;
    };
    return { pid: server.pid, collect };
  } finally {
    await log.close();
  }
}

export async function stopServer(home: Home, pid: number): Promise<void> {
  await signal(home, pid, 'SIGINT');
  const fastUntil = Date.now() + FAST_SHUTDOWN_MS;
  let immediate = false;
  while ((await findPostmaster(home.cluster))?.pid === pid) {
    if (!immediate && Date.now() > fastUntil) {
      immediate = true;
      await signal(home, pid, 'SIGQUIT');
    }
    await sleep(POLL_MS);
  }
}

async function untilReady(pid: number | undefined, ended: Promise<void>, cluster: string): Promise<boolean> {
  let running = true;
  const end = ended.then(() => {
    running = false;
  });
  while (running) {
    const postmaster = await findPostmaster(cluster);
    if (postmaster?.pid === pid && postmaster?.status === 'ready') return true;
    await Promise.race([end, sleep(POLL_MS)]);
  }
  return false;
}

function failure(log: Buffer, from: number): FailedStart {
  const output = log.subarray(from).toString();
  const fatal = output.split('\n').filter((line) => /\b(FATAL|PANIC):/.test(line));
  const reason =
    fatal.at(-1)?.replace(/^.*?\b(FATAL|PANIC):\s*/, '') ??
    (oneLine(output).slice(-500) || 'it cannot be run');
  const isHeld = /lock file|shared memory|TCP\/IP socket|address already in use/i.test(output);
  return { reason, isTransient: isHeld && !isDataDirFault(output) };
}

async function signal({ binaries, user }: Home, pid: number, name: 'SIGINT' | 'SIGQUIT'): Promise<void> {
  // Windows has no signals; pg_ctl uses the server's pipe instead.
  if (process.platform === 'win32')
    return runPostgres(binaries.pgCtl, ['kill', name.slice(3), `${pid}`], user);
  try {
    process.kill(pid, name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/** @param preferred is taken if it is free */
export async function freePort(preferred = 0): Promise<number> {
  const probe = createServer().listen(preferred, '127.0.0.1');
  const isFree = await once(probe, 'listening').then(
    () => true,
    () => false,
  );
  if (!isFree && preferred !== 0) return freePort();
  const address = probe.address();
  probe.close();
  await once(probe, 'close');
  if (address === null || typeof address === 'string') throw new Error('no free port on 127.0.0.1');
  return address.port;
}
