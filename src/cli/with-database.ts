import type { Config } from '../config.js';
import { type Database, openDatabase } from '../db/database.js';
import { openDatabaseServer } from '../db/database-server.js';
import { migrate } from '../db/migrate.js';

/** Runs something with the server up and its database migrated: a command may be the first thing that is ever run. */
export async function withServer<T>(config: Config, run: (url: string) => Promise<T>): Promise<T> {
  const server = await openDatabaseServer(config);
  try {
    await migrate(config.databaseDirectUrl ?? server.url, config.databaseTimeout);
    return await run(server.url);
  } catch (error) {
    throw await server.explain(error);
  } finally {
    await server.close();
  }
}

export function withDatabase<T>(config: Config, run: (database: Database) => Promise<T>): Promise<T> {
  return withServer(config, async (url) => {
    const database = await openDatabase({ url, poolSize: 1, timeout: config.databaseTimeout });
    try {
      return await run(database);
    } finally {
      await database.close();
    }
  });
}
