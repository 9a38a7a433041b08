import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { Config } from '../config/config.js';
import { type Database, openDatabase } from '../db/database.js';
import { migrate } from '../db/migrate.js';
import { placeProblem } from '../db/shard-place.js';
import { describeServer, explainDatabaseError, StartError } from '../foundation/start-error.js';
import { isDatabaseAway, isSignInRefused } from '../foundation/unavailable.js';
import { beginsMigrating, serverOptions } from './open-server.js';
import type { Startup } from './startup.js';

/** Milliseconds between tries to bring a database up to date that was away at the start. */
const TRY_AGAIN = 2_000;

/**
 * Brings the databases of SHARD_URLS up to date, and opens them. One that is away does not keep the others waiting: its
 * organizations get errors until it answers.
 */
export async function openShards(config: Config, startup: Startup, log: Logger): Promise<Database[]> {
  const shards: Database[] = [];
  for (const [index, url] of config.shardUrls.entries()) {
    const shard = index + 1;
    const name = describeServer(variableOf(shard), url);
    startup.startWaiting(name);
    const database = await openShard(config, shard);
    startup.onClose(database.close);
    const prepare = async (begins: Begins) => {
      const migrates = config.migrate === 'auto';
      const migrations = await migrate(url, { migrates, begins, ...serverOptions(config) });
      if (migrations.length > 0) log.warn({ shard, migrations }, 'the database is of a newer version');
      const problem = await placeProblem(database.db, shard);
      if (problem !== null) throw new StartError(`${name} is not the right database: ${problem}`);
    };
    await explainDatabaseError(
      variableOf(shard),
      url,
      orAway(prepare(beginsMigrating(startup, name)), (error) => {
        log.warn({ shard, err: error }, 'a shard is away: the gateway starts without it');
        const closing = new AbortController();
        startup.onClose(async () => closing.abort());
        void prepareLater(() => prepare(() => {}), { shard, log, signal: closing.signal });
      }),
    );
    shards.push(database);
  }
  return shards;
}

/** Waits for each, as long as START_TIMEOUT allows. */
export async function migrateShards(config: Config, startup: Startup): Promise<void> {
  for (const [index, url] of config.shardUrls.entries()) {
    const variable = variableOf(index + 1);
    const begins = beginsMigrating(startup, describeServer(variable, url));
    const migrating = migrate(url, { migrates: true, begins, ...serverOptions(config) });
    await explainDatabaseError(variable, url, migrating);
  }
  startup.stopWaiting();
}

type Begins = ReturnType<typeof beginsMigrating>;

const variableOf = (shard: number) => `SHARD_URLS, shard ${shard}`;

/** @param shard a number of SHARD_URLS, from 1 */
export function openShard(
  config: Config,
  shard: number,
  poolSize = config.databasePoolSize,
): Promise<Database> {
  const { shardUrls, databaseTimeout: timeout } = config;
  const url = shardUrls[shard - 1];
  if (url === undefined)
    throw new StartError(`SHARD_URLS has no shard ${shard}: there are ${shardUrls.length}`);
  return openDatabase({ url, ...serverOptions(config), poolSize, timeout, mayBeAway: true });
}

async function orAway(work: Promise<void>, isAway: (error: unknown) => void): Promise<void> {
  try {
    await work;
  } catch (error) {
    if (!isDatabaseAway(error) || isSignInRefused(error)) throw error;
    isAway(error);
  }
}

async function prepareLater(
  prepare: () => Promise<void>,
  { shard, log, signal }: { shard: number; log: Logger; signal: AbortSignal },
): Promise<void> {
  for (let isDone = false; !isDone && !signal.aborted; ) {
    await sleep(TRY_AGAIN, undefined, { ref: false, signal }).catch(() => {});
    if (signal.aborted) return;
    isDone = await prepare().then(
      () => true,
      (error) => {
        if (!isDatabaseAway(error)) log.error({ shard, err: error }, 'a shard cannot be brought up to date');
        return false;
      },
    );
  }
}
