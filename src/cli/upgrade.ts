import { copyFile, rename, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { move } from '../backup/move.js';
import type { Config } from '../config/config.js';
import { StartError } from '../foundation/start-error.js';
import { serverOptions } from '../start/open-server.js';
import type { Startup } from '../start/startup.js';
import { whole } from './progress.js';
import { saying, showingRows } from './restore.js';
import { keyFileIn } from './sealed-accounts.js';
import { parseCommand, UsageError } from './usage.js';

/** Moves the data of an older major version of the embedded Postgres into this one's, and keeps the old ones. */
export async function upgrade(args: string[], config: Config, startup: Startup): Promise<string> {
  const { values } = parseCommand({ args, options: { with: { type: 'string' } } });
  if (values.with === undefined) {
    throw new UsageError('upgrade needs --with FOLDER, where npm has installed the older Postgres');
  }
  if (config.databaseUrl) throw new UsageError('upgrade is for the embedded Postgres: DATABASE_URL is set');
  const installed = resolve(values.with);
  const { dataDir } = config;
  const { majorIn } = await import('../embedded-postgres/home.js');
  const entrance = join(dataDir, 'postgres');
  const major = await majorIn(join(entrance, 'cluster'));
  if (major === null) throw new StartError(`there is no database in DATA_DIR ${dataDir}`);
  const kept = join(dataDir, `postgres-${major}`);
  const made = join(dataDir, 'upgraded');
  const { openEmbeddedPostgres } = await import('../embedded-postgres/embedded-postgres.js');
  const stop = new AbortController();
  const opened = async (options: { dataDir: string; installed?: string }) => {
    const opening = openEmbeddedPostgres({ ...options, settings: config.embeddedSettings ?? {} });
    startup.onClose(async () => (await opening.catch(() => null))?.close());
    return opening;
  };
  try {
    const older = await opened({ dataDir, installed });
    const newer = await opened({ dataDir: made });
    startup.onClose(async () => stop.abort());
    // What a broken attempt has left may go.
    const options = {
      url: newer.url,
      ...serverOptions(config),
      replaces: true,
      signal: stop.signal,
      seen: showingRows(),
      begins: saying,
    };
    const { rows, tables } = await move({ url: older.url, ...serverOptions(config) }, options);
    await copyFile(keyFileIn(older.folder), keyFileIn(newer.folder)).catch((error) => {
      if (error.code !== 'ENOENT') throw error;
    });
    await startup.close();
    await rename(entrance, kept);
    await rename(join(made, 'postgres'), entrance);
    await rm(made, { recursive: true, force: true });
    return (
      `${whole(rows)} rows of ${tables} tables were upgraded from Postgres ${major}, and every row was compared.\n` +
      `The old data are in ${kept}: delete them when you need them no more.\n`
    );
  } finally {
    await startup.close();
  }
}
