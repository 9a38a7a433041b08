import type { Config } from '../config/config.js';
import type { ServerOptions } from '../db/connection/driver.js';
import { type MigrationStage, migrate } from '../db/migrate.js';
import { describeServer, explainDatabaseError } from '../foundation/start-error.js';
import { type DatabaseServer, openDatabaseServer } from './database-server.js';
import type { Startup } from './startup.js';

export const databaseOf = ({ databaseUrl, dataDir }: Config): string =>
  databaseUrl ? describeServer('DATABASE_URL', databaseUrl) : `the Postgres in DATA_DIR ${dataDir}`;

export const serverOptions = (config: Config): ServerOptions => ({
  passwordFile: config.databasePasswordFile,
  schema: config.databaseSchema,
});

export interface OpenServer extends DatabaseServer {
  /** The migrations of a newer version, which has left the database usable by this one. */
  newerMigrations: readonly string[];
}

/** @param migrates false: a database that lacks migrations is refused, unless it is a new embedded one */
export async function openServer(
  config: Config,
  startup: Startup,
  { migrates }: { migrates: boolean },
): Promise<OpenServer> {
  startup.startWaiting(databaseOf(config));
  const opening = openDatabaseServer(config);
  startup.onClose(async () => (await opening.catch(() => null))?.close());
  const server = await opening;
  const { databaseUrl } = config;
  const { variable, url } = placeOf(config, server.url, migrates);
  const address = databaseUrl ? describeServer(variable, url) : databaseOf(config);
  const migrating = migrate(url, {
    migrates,
    isOurs: !databaseUrl,
    begins: beginsMigrating(startup, address),
    ...serverOptions(config),
  });
  const newerMigrations = await onServer(
    server,
    databaseUrl ? explainDatabaseError(variable, url, migrating) : migrating,
  );
  return { ...server, newerMigrations };
}

export function beginsMigrating(startup: Startup, address: string): (stage: MigrationStage) => void {
  const stages: Record<MigrationStage, string> = {
    server: address,
    lock: `the lock that another process holds while it migrates ${address}`,
    migrations: `the migrations of ${address}`,
    traffic: `transactions that use the tables that are to be migrated of ${address}`,
  };
  return (stage) =>
    startup.startWaiting(stages[stage], { isWork: stage === 'migrations' || stage === 'traffic' });
}

/** Past a pooler. @param migrates whether by the role that may */
export function placeOf(config: Config, url: string, migrates: boolean) {
  const { databaseMigrateUrl, databaseDirectUrl } = config;
  if (migrates && databaseMigrateUrl) return { variable: 'DATABASE_MIGRATE_URL', url: databaseMigrateUrl };
  if (databaseDirectUrl) return { variable: 'DATABASE_DIRECT_URL', url: databaseDirectUrl };
  return { variable: 'DATABASE_URL', url };
}

export async function onServer<T>(server: DatabaseServer, work: Promise<T>): Promise<T> {
  return work.catch(async (error) => {
    throw await server.explain(error);
  });
}
