import type { Config } from '../config/config.js';
import { type MigrationStage, migrate } from '../db/migrate.js';
import { describeServer, explainDatabaseError } from '../foundation/start-error.js';
import { type DatabaseServer, openDatabaseServer } from './database-server.js';
import type { Startup } from './startup.js';

export const databaseOf = ({ databaseUrl, dataDir }: Config): string =>
  databaseUrl ? describeServer('DATABASE_URL', databaseUrl) : `the Postgres in DATA_DIR ${dataDir}`;

export async function openServer(config: Config, startup: Startup): Promise<DatabaseServer> {
  startup.startWaiting(databaseOf(config));
  const opening = openDatabaseServer(config);
  startup.onClose(async () => (await opening.catch(() => null))?.close());
  const server = await opening;
  const { databaseUrl, databaseDirectUrl } = config;
  const url = databaseDirectUrl ?? server.url;
  const variable = databaseDirectUrl ? 'DATABASE_DIRECT_URL' : 'DATABASE_URL';
  const address = databaseUrl ? describeServer(variable, url) : databaseOf(config);
  const stages: Record<MigrationStage, string> = {
    server: address,
    lock: `the lock that another process holds while it migrates ${address}`,
    migrations: `the migrations of ${address}`,
  };
  const begins = (stage: MigrationStage) =>
    startup.startWaiting(stages[stage], { isWork: stage === 'migrations' });
  const migrating = migrate(url, { begins, passwordFile: config.databasePasswordFile });
  await onServer(server, databaseUrl ? explainDatabaseError(variable, url, migrating) : migrating);
  return server;
}

export async function onServer<T>(server: DatabaseServer, work: Promise<T>): Promise<T> {
  return work.catch(async (error) => {
    throw await server.explain(error);
  });
}
