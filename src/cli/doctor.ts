import { existsSync } from 'node:fs';
import type { Config } from '../config/config.js';
import { type Database, openDatabase } from '../db/database.js';
import { onceFor } from '../db/loading/once-for.js';
import {
  explainDatabaseError,
  explainStartError,
  rootCauseOf,
  StartError,
} from '../foundation/start-error.js';
import { openDatabaseServer } from '../start/database-server.js';
import { databaseOf, serverOptions } from '../start/open-server.js';
import { openShard } from '../start/open-shards.js';
import type { Startup } from '../start/startup.js';
import type { Check, Finding, Level, Probe } from './doctor/check.js';
import { REPLICA_CHECKS } from './doctor/replica-checks.js';
import { SERVER_CHECKS } from './doctor/server-checks.js';
import { SERVICE_CHECKS } from './doctor/service-checks.js';
import { TABLE_CHECKS } from './doctor/table-checks.js';
import { formatTable } from './table.js';
import { parseCommand } from './usage.js';

export interface Diagnosis {
  check: string;
  level: Level;
  message: string;
  advice?: string;
}

export const CHECKS: readonly Check[] = [
  ...SERVER_CHECKS,
  ...REPLICA_CHECKS,
  ...TABLE_CHECKS,
  ...SERVICE_CHECKS,
];

const SHARD_CHECKS = [...SERVER_CHECKS, ...TABLE_CHECKS, ...SERVICE_CHECKS];

/** Changes nothing, and runs no migration. */
export async function doctor(args: string[], config: Config, startup: Startup): Promise<string> {
  const { values } = parseCommand({ args, options: { json: { type: 'boolean' } } });
  const first = await onDatabase(config, startup, (database) =>
    diagnose({ database, config, now: Date.now }),
  ).catch((error) => [unreachable(error)]);
  const found = [...first, ...(await diagnoseShards(config))];
  if (found.some(({ level }) => level === 'problem')) process.exitCode = 1;
  if (values.json) return `${JSON.stringify(found, null, 2)}\n`;
  return formatTable(
    ['', 'CHECK', ''],
    found.map(({ level, check, message, advice }) => [
      level,
      check,
      [message, advice].filter(Boolean).join(' '),
    ]),
  )
    .split('\n')
    .slice(1)
    .join('\n');
}

export async function diagnose(probe: Probe, checks = CHECKS): Promise<Diagnosis[]> {
  const found: Diagnosis[] = [];
  const health = onceFor((database: Database) => database.health());
  const checked = { ...probe, health: () => health(probe.database) };
  for (const { name: check, ok, look } of checks) {
    const findings = await look(checked).catch((error): Finding[] => [
      {
        level: 'warning',
        message: `It could not be looked at: ${rootCauseOf(error).message}.`,
        advice: 'Repair what the checks above name, or run the doctor as another role.',
      },
    ]);
    if (findings.length === 0) found.push({ check, level: 'ok', message: ok });
    for (const finding of findings) found.push({ check, ...finding });
  }
  return found;
}

const unreachable = (error: unknown): Diagnosis => ({
  check: 'database',
  level: 'problem',
  message: `${explainStartError(error)}.`,
  advice: 'Look at the server.',
});

async function diagnoseShards(config: Config): Promise<Diagnosis[]> {
  const found: Diagnosis[] = [];
  for (const [index, url] of config.shardUrls.entries()) {
    const shard = index + 1;
    const database = await openShard(config, shard, 1);
    try {
      await explainDatabaseError(`SHARD_URLS, shard ${shard}`, url, database.db.execute('select 1'));
      const all = await diagnose({ database, config, now: Date.now }, SHARD_CHECKS);
      found.push(...all.map((each) => ({ ...each, check: `${each.check} (shard ${shard})` })));
    } catch (error) {
      found.push({ ...unreachable(error), check: `database (shard ${shard})` });
    } finally {
      await database.close();
    }
  }
  return found;
}

async function onDatabase<T>(
  config: Config,
  startup: Startup,
  run: (database: Database) => Promise<T>,
): Promise<T> {
  const { databaseUrl, databaseTimeout: timeout } = config;
  try {
    if (!databaseUrl && !existsSync(config.dataDir)) {
      throw new StartError(`there is no database in DATA_DIR ${config.dataDir}`);
    }
    startup.startWaiting(databaseOf(config));
    const opening = openDatabaseServer(config);
    startup.onClose(async () => (await opening.catch(() => null))?.close());
    const { url } = await opening;
    const connecting = openDatabase({ url, ...serverOptions(config), poolSize: 1, timeout });
    const database = await (databaseUrl
      ? explainDatabaseError('DATABASE_URL', databaseUrl, connecting)
      : connecting);
    startup.stopWaiting();
    try {
      return await run(database);
    } finally {
      await database.close();
    }
  } finally {
    await startup.close();
  }
}
