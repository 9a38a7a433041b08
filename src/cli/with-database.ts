import type { Config } from '../config/config.js';
import { type Database, openDatabase } from '../db/database.js';
import { explainDatabaseError } from '../foundation/start-error.js';
import type { DatabaseServer } from '../start/database-server.js';
import { onServer, openServer, serverOptions } from '../start/open-server.js';
import { openShard } from '../start/open-shards.js';
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
      ...serverOptions(config),
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

/** The databases of DATABASE_URL and SHARD_URLS. */
export interface Databases {
  /** DATABASE_URL, which knows the organizations. */
  readonly first: Database;
  /** Opens it when it is asked for first. */
  at(shard: number): Promise<Database>;
  all(): Promise<Database[]>;
}

export function withDatabases<T>(
  config: Config,
  startup: Startup,
  run: (databases: Databases, server: DatabaseServer) => Promise<T>,
  poolSize = 1,
): Promise<T> {
  return withDatabase(
    config,
    startup,
    async (first, server) => {
      const opened = new Map<number, Promise<Database>>();
      const at = (shard: number): Promise<Database> => {
        const opening =
          shard === 0 ? Promise.resolve(first) : (opened.get(shard) ?? openShard(config, shard, poolSize));
        if (shard !== 0) opened.set(shard, opening);
        return opening;
      };
      const all = () => Promise.all([first, ...config.shardUrls].map((_, shard) => at(shard)));
      try {
        return await run({ first, at, all }, server);
      } finally {
        for (const opening of opened.values()) await (await opening.catch(() => null))?.close();
      }
    },
    poolSize,
  );
}
