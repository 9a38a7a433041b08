import { setTimeout as sleep } from 'node:timers/promises';
import { sql } from 'drizzle-orm';
import type { Config } from '../../config/config.js';
import { Connection } from '../../db/connection/connection.js';
import { serverOf } from '../../db/connection/driver.js';
import { describeServer, explainStartError } from '../../foundation/start-error.js';
import { serverOptions } from '../../start/open-server.js';
import { bytes, type Check, type Finding, problem, rowsOf, warning } from './check.js';

/** Milliseconds. */
const TIMEOUT = 2_000;
const LOOK_AGAIN = 50;
/** Seconds. */
const PATIENCE = 5;

const ITSELF = `select pg_is_in_recovery() as is_standby, (pg_last_wal_replay_lsn() - '0/0')::text as replayed,
  (select home from log_epoch) as home`;

interface Primary {
  home: string;
  lsn: bigint;
}

/** What DATABASE_READ_URL names. */
export const REPLICA_CHECKS: readonly Check[] = [
  {
    name: 'read-replicas',
    ok: 'DATABASE_READ_URL is not set, or each that it names keeps up.',
    async look(probe) {
      const { databaseReadUrl: urls, databaseReadMaxLag } = probe.config;
      if (urls.length === 0) return [];
      const [row] = await rowsOf<{ home: string; lsn: string }>(
        probe,
        sql`select home, (pg_current_wal_insert_lsn() - '0/0')::text as lsn from log_epoch`,
      );
      const primary = { home: row?.home ?? '', lsn: BigInt(row?.lsn ?? 0) };
      // With 0, a replica may be behind: it serves those who have seen no more.
      const patience = Math.min(databaseReadMaxLag || PATIENCE, PATIENCE);
      const found = await Promise.all(urls.map((url) => lookAt(url, probe.config, primary, patience)));
      return found.flatMap((finding) => finding ?? []);
    },
  },
];

async function lookAt(
  url: string,
  config: Config,
  primary: Primary,
  patience: number,
): Promise<Finding | null> {
  const name = describeServer('DATABASE_READ_URL', url);
  const connection = new Connection(serverOf(url, serverOptions(config)), {
    applicationName: 'switchboard doctor',
    connectTimeout: TIMEOUT / 1_000,
  });
  try {
    const until = performance.now() + patience * 1_000;
    for (;;) {
      const [row] = await connection.runWithin(TIMEOUT, ITSELF);
      if (row?.is_standby !== true) return foreign(name);
      const missing = primary.lsn - BigInt(row.replayed ?? 0);
      if (missing <= 0n || performance.now() > until) {
        if (row.home !== primary.home) return foreign(name);
        return missing <= 0n ? null : behind(name, patience, missing);
      }
      await sleep(LOOK_AGAIN);
    }
  } catch (error) {
    return problem(
      `${name} does not answer: ${explainStartError(error)}.`,
      'Look at the server; queries read from the primary meanwhile.',
    );
  } finally {
    await connection.close(0).catch(() => {});
  }
}

const foreign = (name: string): Finding =>
  problem(`${name} is no standby of DATABASE_URL.`, 'Lead it to a streaming standby, or take it out.');

const behind = (name: string, patience: number, missing: bigint): Finding =>
  warning(
    `${name} has not replayed within ${patience} s what was written before: ${bytes(Number(missing))} are missing.`,
    'Look at long queries on it, at the network, and whether its replay is paused.',
  );
