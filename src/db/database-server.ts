import type { Config } from '../config.js';

/** The Postgres that this process uses. */
export interface DatabaseServer {
  url: string;
  /** Stops the embedded server if nobody else uses it; leaves DATABASE_URL's alone. */
  close(): Promise<void>;
  /** What is to be said of an error that came at the start, after it was opened. */
  explain(error: unknown): Promise<unknown>;
}

/** DATABASE_URL's server, which is reached when it is first used, or else the embedded one, running. */
export async function openDatabaseServer(
  config: Pick<Config, 'databaseUrl' | 'dataDir'>,
): Promise<DatabaseServer> {
  if (config.databaseUrl) {
    return { url: config.databaseUrl, close: async () => {}, explain: async (error) => error };
  }
  // An optional dependency: with DATABASE_URL nothing of it is loaded.
  const { openEmbeddedPostgres } = await import('./embedded.js');
  return openEmbeddedPostgres({ dataDir: config.dataDir });
}
