import { setTimeout as sleep } from 'node:timers/promises';
import type { SecretsKey } from '../config/secrets-keys.js';
import { isSignInRefused } from '../foundation/unavailable.js';
import { type Claim, claimServer } from './claim.js';
import { DataDirDiagnosis } from './data-dir-diagnosis.js';
import { type Home, PUT_BACK, passwordFile, prepareHome, SUPERUSER } from './home.js';
import { findPostmaster } from './postmaster.js';
import { secretsKeyBeside } from './secrets-key-file.js';
import { POLL_MS, type Started, startServer, stopServer } from './server.js';

const DATABASE = 'switchboard';

// Includes recovery after a crash.
const TIMEOUT_MS = 120_000;
const RETRY_FAILED_MS = 15_000;

/** Runs while any process uses it. A killed server is restarted. */
export interface EmbeddedPostgres {
  url: string;
  created: boolean;
  /** The last process stops the server. Does not throw if it is already gone. */
  close(): Promise<void>;
  /** Null if there is none beside the data, and none is to be made. */
  secretsKey(options: { isMade: boolean }): Promise<SecretsKey | null>;
  explain(error: unknown): Promise<unknown>;
  /** Of a server that was killed: how each attempt to start it again ends, but a failure that repeats only once. */
  watchRestarts(seen: (restart: Restart) => void): void;
}

/** `reason` is null once it runs again. */
export interface Restart {
  reason: string | null;
  logFile: string;
}

/**
 * @param options.durable false trades safety of the data for speed, for tests
 * @throws StartError if the platform has no binaries, the server cannot start, or DATA_DIR cannot be used
 */
export async function openEmbeddedPostgres(options: {
  dataDir: string;
  durable?: boolean;
}): Promise<EmbeddedPostgres> {
  const diagnosis = await DataDirDiagnosis.of(options.dataDir);
  try {
    const opened = await open(options.dataDir, options.durable ?? true);
    return { ...opened, explain: (error) => diagnosis.explain(error) };
  } catch (error) {
    throw await diagnosis.refusal(error);
  }
}

async function open(dataDir: string, durable: boolean): Promise<Omit<EmbeddedPostgres, 'explain'>> {
  const home = await prepareHome(dataDir);
  const joined = await join(home, durable);
  const created = await joined.claim.ensureDatabase(DATABASE).catch(async (error) => {
    await leave(home, joined);
    throw error;
  });
  let left: Promise<void> | undefined;
  return {
    url: urlOf(home, joined.port, DATABASE),
    created,
    secretsKey: (options) => secretsKeyBeside(home, options),
    watchRestarts: (seen) => {
      joined.seen = seen;
    },
    close() {
      left ??= leave(home, joined);
      return left;
    },
  };
}

interface Joined {
  claim: Claim;
  pid: number;
  port: number;
  started: Started | undefined;
  seen?: (restart: Restart) => void;
  failure?: string | null;
}

async function join(home: Home, durable: boolean): Promise<Joined> {
  const began = Date.now();
  let started: Started | undefined;
  for (;;) {
    const running = await findPostmaster(home.cluster);
    if (running?.status === 'ready') {
      const joined: Omit<Joined, 'claim'> = { pid: running.pid, port: running.port, started };
      const revive = () => restart(home, durable, joined);
      const claim = await claimServer(urlOf(home, running.port, 'postgres'), revive).catch((error) =>
        failJoin(home, running.pid, started, error),
      );
      if (claim) return Object.assign(joined, { claim });
    } else if (!running) {
      const outcome = await startServer(home, durable);
      if ('collect' in outcome) {
        started = outcome;
        continue;
      }
      if (!outcome.isTransient || Date.now() - began > RETRY_FAILED_MS) {
        throw new Error(
          `the embedded Postgres did not start: ${outcome.reason} (its log is ${home.logFile})`,
        );
      }
    }
    if (Date.now() - began > TIMEOUT_MS) {
      throw new Error(
        `the embedded Postgres is ${running?.status ?? 'absent'} for too long (its log is ${home.logFile})`,
      );
    }
    await sleep(POLL_MS);
  }
}

async function failJoin(
  home: Home,
  pid: number,
  started: Started | undefined,
  error: unknown,
): Promise<never> {
  if (started !== undefined) {
    await stopServer(home, pid);
    await started.collect();
  }
  if (!isSignInRefused(error)) throw error;
  throw new Error(`${passwordFile(home)} does not have the password of its Postgres: ${PUT_BACK}`, {
    cause: error,
  });
}

async function restart(home: Home, durable: boolean, joined: Omit<Joined, 'claim'>): Promise<void> {
  const running = await findPostmaster(home.cluster);
  if (running) joined.pid = running.pid;
  else {
    await joined.started?.collect();
    joined.started = undefined;
    const outcome = await startServer(home, durable, joined.port).catch((error: unknown) => ({
      reason: error instanceof Error ? error.message : String(error),
    }));
    if ('collect' in outcome) Object.assign(joined, { pid: outcome.pid, started: outcome });
    report(home, joined, 'collect' in outcome ? null : outcome.reason);
  }
}

function report({ logFile }: Home, joined: Omit<Joined, 'claim'>, reason: string | null): void {
  if (reason === null || reason !== joined.failure) joined.seen?.({ reason, logFile });
  joined.failure = reason;
}

async function leave(home: Home, joined: Joined): Promise<void> {
  const { claim } = joined;
  try {
    if (await claim.release()) {
      await stopServer(home, joined.pid);
      await joined.started?.collect();
    }
  } finally {
    await claim.end();
  }
}

function urlOf(home: Home, port: number, database: string): string {
  return `postgres://${SUPERUSER}:${encodeURIComponent(home.password)}@127.0.0.1:${port}/${database}`;
}
