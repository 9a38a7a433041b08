import { dirname, join as joinPath } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { SecretsKey } from '../config/secrets-keys.js';
import { StartError } from '../foundation/start-error.js';
import { isSignInRefused } from '../foundation/unavailable.js';
import { type Claim, claimServer } from './claim.js';
import { DataDirDiagnosis } from './data-dir-diagnosis.js';
import {
  type Elsewhere,
  findHome,
  type Home,
  PUT_BACK,
  passwordFile,
  prepareHome,
  SUPERUSER,
} from './home.js';
import { findPostmaster } from './postmaster.js';
import { secretsKeyBeside } from './secrets-key-file.js';
import {
  NOT_DURABLE,
  POLL_MS,
  type ServerSettings,
  type Started,
  startServer,
  stopServer,
} from './server.js';

const DATABASE = 'switchboard';

// Includes recovery after a crash.
const TIMEOUT_MS = 120_000;
const RETRY_FAILED_MS = 15_000;

/** Runs while any process uses it. A killed server is restarted. */
export interface EmbeddedPostgres {
  url: string;
  created: boolean;
  /** Of the data, the password and the key of the vendor accounts' secrets. */
  folder: string;
  /** Null if that is in DATA_DIR. */
  elsewhere: Elsewhere | null;
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
 * @param options.settings of Postgres, if it does not run yet
 * @param options.installed where the programs of another major version are
 * @throws StartError if the platform has no binaries, the server cannot start, or DATA_DIR cannot be used
 */
export async function openEmbeddedPostgres(options: {
  dataDir: string;
  durable?: boolean;
  settings?: ServerSettings;
  installed?: string;
}): Promise<EmbeddedPostgres> {
  const { dataDir, durable = true, settings = {}, installed } = options;
  const diagnosis = await DataDirDiagnosis.of(dataDir);
  try {
    const opened = await open(dataDir, { ...settings, ...(durable ? {} : NOT_DURABLE) }, installed);
    return { ...opened, explain: (error) => diagnosis.explain(error) };
  } catch (error) {
    throw await diagnosis.refusal(error);
  }
}

/** The URL of the server in this folder, if it runs. */
export async function runningUrl(dataDir: string): Promise<string | null> {
  const home = await findHome(joinPath(dataDir, 'postgres'));
  const running = home && (await findPostmaster(home.cluster));
  return running?.status === 'ready' ? urlOf(home as Home, running.port, DATABASE) : null;
}

async function open(
  dataDir: string,
  settings: ServerSettings,
  installed: string | undefined,
): Promise<Omit<EmbeddedPostgres, 'explain'>> {
  const home = await prepareHome(dataDir, installed);
  const joined = await join(home, settings);
  const created = await joined.claim.ensureDatabase(DATABASE).catch(async (error) => {
    await leave(home, joined);
    throw error;
  });
  let left: Promise<void> | undefined;
  return {
    url: urlOf(home, joined.port, DATABASE),
    created,
    folder: dirname(home.cluster),
    elsewhere: home.elsewhere,
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

async function join(home: Home, settings: ServerSettings): Promise<Joined> {
  const began = Date.now();
  let started: Started | undefined;
  for (;;) {
    const running = await findPostmaster(home.cluster);
    if (running?.status === 'ready') {
      const joined: Omit<Joined, 'claim'> = { pid: running.pid, port: running.port, started };
      const revive = () => restart(home, settings, joined);
      const claim = await claimServer(urlOf(home, running.port, 'postgres'), revive).catch((error) =>
        failJoin(home, running.pid, started, error),
      );
      if (claim) return Object.assign(joined, { claim });
    } else if (!running) {
      const outcome = await startServer(home, settings);
      if ('collect' in outcome) {
        started = outcome;
        continue;
      }
      if (!outcome.isTransient || Date.now() - began > RETRY_FAILED_MS) {
        const { reason } = outcome;
        const words = `${reason} (its log is ${home.logFile})`;
        if (Object.keys(settings).some((name) => reason.includes(`"${name}"`))) {
          throw new StartError(`EMBEDDED_POSTGRES_SETTINGS: the embedded Postgres did not start: ${words}`);
        }
        throw new Error(`the embedded Postgres did not start: ${words}`);
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

async function restart(home: Home, settings: ServerSettings, joined: Omit<Joined, 'claim'>): Promise<void> {
  const running = await findPostmaster(home.cluster);
  if (running) joined.pid = running.pid;
  else {
    await joined.started?.collect();
    joined.started = undefined;
    const outcome = await startServer(home, settings, joined.port).catch((error: unknown) => ({
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
