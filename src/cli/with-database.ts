import type { Config } from '../config/config.js';
import { type Database, openDatabase } from '../db/database.js';
import { explainDatabaseError } from '../foundation/start-error.js';
import type { DatabaseServer } from '../start/database-server.js';
import { onServer, openServer } from '../start/open-server.js';
import type { Startup } from '../start/startup.js';

export async function withServer<T>(
  config: Config,
  startup: Startup,
  run: (server: DatabaseServer) => Promise<T>,
  { migrates = false } = {},
): Promise<T> {
  const { databaseUrl } = config;
  try {
    const server = await openServer(config, startup, { migrates });
    startup.stopWaiting();
    const running = run(server);
    return await onServer(
      server,
      databaseUrl ? explainDatabaseError('DATABASE_URL', databaseUrl, running) : running,
    );
  } finally {
    await startup.close();
  }
}

export function withDatabase<T>(
  config: Config,
  startup: Startup,
  run: (database: Database, server: DatabaseServer) => Promise<T>,
  poolSize = 1,
): Promise<T> {
  return withServer(config, startup, async (server) => {
    const database = await openDatabase({
      url: server.url,
      passwordFile: config.databasePasswordFile,
      poolSize,
      timeout: config.databaseTimeout,
    });
    try {
      return await run(database, server);
    } finally {
      await database.close();
    }
  });
}
