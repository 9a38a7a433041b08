import { setTimeout as sleep } from 'node:timers/promises';
import { type Claim, claimServer } from './embedded-claim.js';
import { PlaceOfData } from './embedded-fault.js';
import { type Home, PUT_BACK, passwordFile, prepareHome, SUPERUSER } from './embedded-home.js';
import { findPostmaster } from './embedded-postmaster.js';
import { POLL_MS, type Started, startServer, stopServer } from './embedded-server.js';
import { isSignInRefused } from './unavailable.js';

const DATABASE = 'switchboard';

// Recovery after a crash counts too: a server that replays its log is waited for.
const PATIENCE_MS = 120_000;
const RETRY_FAILED_MS = 15_000;

/** A real Postgres that lives in a folder and runs as long as a process uses it; killed, it is started again. */
export interface EmbeddedPostgres {
  /** `postgres://…` with the password, for 127.0.0.1 only. */
  url: string;
  /** This call made the database: it is empty. */
  created: boolean;
  /** Lets go of the server; the last process that does stops it, and waits until it is gone. Never throws for a server that is gone. */
  close(): Promise<void>;
  /** A StartError where something went wrong because of the place of the data; else the error itself. */
  explain(error: unknown): Promise<unknown>;
}

/**
 * Opens the Postgres of a folder: makes it when there is none, starts it when it does not run, and joins it when
 * another process uses it or a killed one left it behind.
 *
 * @param options.durable false trades the safety of the data for speed: for tests.
 * @throws StartError when there is none for this platform, it cannot start, or DATA_DIR cannot be used.
 */
export async function openEmbeddedPostgres(options: {
  dataDir: string;
  durable?: boolean;
}): Promise<EmbeddedPostgres> {
  const place = await PlaceOfData.of(options.dataDir);
  try {
    const opened = await open(options.dataDir, options.durable ?? true);
    return { ...opened, explain: (error) => place.explain(error) };
  } catch (error) {
    throw await place.refusal(error);
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
  /** Not set where another process started the server. */
  started: Started | undefined;
}

async function join(home: Home, durable: boolean): Promise<Joined> {
  const began = Date.now();
  let started: Started | undefined;
  for (;;) {
    const running = await findPostmaster(home.cluster);
    if (running?.status === 'ready') {
      const joined = { pid: running.pid, port: running.port, started };
      const revive = () => restart(home, durable, joined);
      const claim = await claimServer(urlOf(home, running.port, 'postgres'), revive).catch((error) =>
        giveUp(home, running.pid, started, error),
      );
      if (claim) return Object.assign(joined, { claim });
    } else if (!running) {
      const outcome = await startServer(home, durable);
      if ('collect' in outcome) {
        started = outcome;
        continue;
      }
      if (!outcome.passing || Date.now() - began > RETRY_FAILED_MS) {
        throw new Error(
          `the embedded Postgres did not start: ${outcome.reason} (its log is ${home.logFile})`,
        );
      }
    }
    if (Date.now() - began > PATIENCE_MS) {
      throw new Error(
        `the embedded Postgres is ${running?.status ?? 'absent'} for too long (its log is ${home.logFile})`,
      );
    }
    await sleep(POLL_MS);
  }
}

/** Stops a server that we have started and cannot use, and says why. */
async function giveUp(home: Home, pid: number, started: Started | undefined, error: unknown): Promise<never> {
  if (started !== undefined) {
    await stopServer(home, pid);
    await started.collect();
  }
  if (!isSignInRefused(error)) throw error;
  throw new Error(`${passwordFile(home)} does not have the password of its Postgres: ${PUT_BACK}`, {
    cause: error,
  });
}

/** Starts a server that is gone where it was: its users know no other port. Another process may be faster. */
async function restart(home: Home, durable: boolean, joined: Omit<Joined, 'claim'>): Promise<void> {
  const running = await findPostmaster(home.cluster);
  if (running) joined.pid = running.pid;
  else {
    await joined.started?.collect();
    joined.started = undefined;
    const outcome = await startServer(home, durable, joined.port);
    if ('collect' in outcome) Object.assign(joined, { pid: outcome.pid, started: outcome });
  }
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
