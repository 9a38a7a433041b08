import { existsSync } from 'node:fs';
import type { Config } from '../config/config.js';
import type { ServerOptions } from '../db/connection/driver.js';
import { explainDatabaseError, StartError } from '../foundation/start-error.js';
import { type DatabaseServer, openDatabaseServer } from '../start/database-server.js';
import { databaseOf, onServer, placeOf, serverOptions } from '../start/open-server.js';
import type { Startup } from '../start/startup.js';

export interface ServerAsItIs extends ServerOptions {
  server: DatabaseServer;
  /** Past a pooler. */
  url: string;
  /** Is aborted when the command is to end. */
  signal: AbortSignal;
}

/**
 * Runs no migration.
 * @param options.isMade whether an embedded Postgres is made, if there is none
 * @param options.migrates whether it needs the role that owns the tables
 */
export async function onServerAsItIs<T>(
  config: Config,
  startup: Startup,
  { isMade = false, migrates = false }: { isMade?: boolean; migrates?: boolean },
  run: (opened: ServerAsItIs) => Promise<T>,
): Promise<T> {
  const { databaseUrl, dataDir } = config;
  const stop = new AbortController();
  try {
    if (!isMade && !databaseUrl && !existsSync(dataDir)) {
      throw new StartError(`there is no database in DATA_DIR ${dataDir}`);
    }
    startup.startWaiting(databaseOf(config));
    const opening = openDatabaseServer(config);
    startup.onClose(async () => (await opening.catch(() => null))?.close());
    startup.onClose(async () => stop.abort());
    const server = await opening;
    startup.stopWaiting();
    const { variable, url } = placeOf(config, server.url, migrates);
    const running = run({ server, url, ...serverOptions(config), signal: stop.signal });
    return await onServer(server, databaseUrl ? explainDatabaseError(variable, url, running) : running);
  } finally {
    await startup.close();
  }
}
