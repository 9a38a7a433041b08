import { once } from 'node:events';
import { open, readFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { isPlaceAtFault } from './embedded-fault.js';
import type { Home } from './embedded-home.js';
import { findPostmaster, lastPort, removeStaleLock } from './embedded-postmaster.js';
import { oneLine, runPostgres, spawnPostgres } from './embedded-process.js';

/** How often a server's state is looked at while it starts or stops. */
export const POLL_MS = 10;

// A fast shutdown ends every session and writes a checkpoint; a disk that takes longer than this has to recover instead.
const FAST_SHUTDOWN_MS = 30_000;

const SETTINGS = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  max_connections: '200',
  shared_buffers: '128MB',
  timezone: 'UTC',
  log_timezone: 'UTC',
  // Its compiler makes short queries slow when it misjudges them.
  jit: 'off',
  log_checkpoints: 'off',
  // Statements that fail are the gateway's to report: here they would only repeat what callers sent.
  log_min_messages: 'log',
};

const NOT_DURABLE = { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' };

export interface Started {
  pid: number | undefined;
  /** Waits until our child is gone and collected, which is a moment after it let go of the cluster. */
  collect(): Promise<void>;
}

/** A server that ended before it was ready. */
export interface FailedStart {
  /** What it said. */
  reason: string;
  /** Another try may succeed: a port was taken, or another server holds or held the cluster. */
  passing: boolean;
}

/**
 * Starts a server and waits until it takes connections.
 *
 * @param port not given: the one on which it was killed, if nobody has taken that, or another one
 */
export async function startServer(
  home: Home,
  durable: boolean,
  port?: number,
): Promise<Started | FailedStart> {
  const last = port ?? (await lastPort(home.cluster));
  await removeStaleLock(home.cluster);
  const settings = {
    ...SETTINGS,
    port: `${port ?? (await freePort(last))}`,
    ...(durable ? {} : NOT_DURABLE),
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
      // The program could not be run at all.
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

/** Stops a server, whoever started it, and waits until it is gone. */
export async function stopServer(home: Home, pid: number): Promise<void> {
  await signal(home, pid, 'SIGINT');
  const patience = Date.now() + FAST_SHUTDOWN_MS;
  let immediate = false;
  while ((await findPostmaster(home.cluster))?.pid === pid) {
    if (!immediate && Date.now() > patience) {
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
  const said = log.subarray(from).toString();
  const fatal = said.split('\n').filter((line) => /\b(FATAL|PANIC):/.test(line));
  const reason =
    fatal.at(-1)?.replace(/^.*?\b(FATAL|PANIC):\s*/, '') ?? (oneLine(said).slice(-500) || 'it cannot be run');
  const isHeld = /lock file|shared memory|TCP\/IP socket|address already in use/i.test(said);
  return { reason, passing: isHeld && !isPlaceAtFault(said) };
}

async function signal({ binaries, user }: Home, pid: number, name: 'SIGINT' | 'SIGQUIT'): Promise<void> {
  // Windows has no signals; pg_ctl speaks to the server's own pipe.
  if (process.platform === 'win32')
    return runPostgres(binaries.pgCtl, ['kill', name.slice(3), `${pid}`], user);
  try {
    process.kill(pid, name);
  } catch (error) {
    // Already gone.
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/** Others may still ask there for a server that was killed. */
async function freePort(wanted = 0): Promise<number> {
  const probe = createServer().listen(wanted, '127.0.0.1');
  const isFree = await once(probe, 'listening').then(
    () => true,
    () => false,
  );
  if (!isFree && wanted !== 0) return freePort();
  const address = probe.address();
  probe.close();
  await once(probe, 'close');
  if (address === null || typeof address === 'string') throw new Error('no free port on 127.0.0.1');
  return address.port;
}
