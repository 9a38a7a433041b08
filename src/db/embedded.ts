import { setTimeout as sleep } from 'node:timers/promises';
import { type Claim, claimServer } from './embedded-claim.js';
import { type Home, prepareHome, SUPERUSER } from './embedded-home.js';
import { findPostmaster } from './embedded-postmaster.js';
import { POLL_MS, type Started, startServer, stopServer } from './embedded-server.js';

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
}

/**
 * Opens the Postgres of a folder: makes it when there is none, starts it when it does not run, and joins it when
 * another process uses it or a killed one left it behind.
 *
 * @param options.durable false trades the safety of the data for speed: for tests.
 * @throws with one line when there is none for this platform, or it cannot start.
 */
export async function openEmbeddedPostgres(options: {
  dataDir: string;
  durable?: boolean;
}): Promise<EmbeddedPostgres> {
  const home = await prepareHome(options.dataDir);
  const joined = await join(home, options.durable ?? true);
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
      const claim = await claimServer(urlOf(home, running.port, 'postgres'), revive);
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
  return `postgres://${SUPERUSER}:${home.password}@127.0.0.1:${port}/${database}`;
}
