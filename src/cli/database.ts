import type { Config } from '../config/config.js';
import { StartError } from '../foundation/start-error.js';
import { parseCommand } from './usage.js';

/** Starts no server: its URL would end with the command. */
export async function printDatabaseUrl(args: string[], config: Config): Promise<string> {
  parseCommand({ args });
  const { databaseUrl, dataDir } = config;
  if (databaseUrl) return `${databaseUrl}\n`;
  const { runningUrl } = await import('../embedded-postgres/embedded-postgres.js');
  const url = await runningUrl(dataDir);
  if (url !== null) return `${url}\n`;
  throw new StartError(
    `the embedded Postgres in DATA_DIR ${dataDir} does not run: it does while a gateway or a command runs`,
  );
}
