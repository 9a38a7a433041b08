import type { Config } from '../config.js';

/** The Postgres that this process uses. */
export interface DatabaseServer {
  url: string;
  /** The database was made just now, by us and for us. Never true for DATABASE_URL. */
  created: boolean;
  /** Stops the embedded server if nobody else uses it; leaves DATABASE_URL's alone. */
  close(): Promise<void>;
}

/** DATABASE_URL's server, which is reached when it is first used, or else the embedded one, running. */
export async function openDatabaseServer(
  config: Pick<Config, 'databaseUrl' | 'dataDir'>,
): Promise<DatabaseServer> {
  if (config.databaseUrl) return { url: config.databaseUrl, created: false, close: async () => {} };
  // An optional dependency: with DATABASE_URL nothing of it is loaded.
  const { openEmbeddedPostgres } = await import('./embedded.js');
  return openEmbeddedPostgres({ dataDir: config.dataDir });
}
