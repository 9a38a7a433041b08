import { chmod, mkdtemp, readlink, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import postgres, { type Sql } from 'postgres';
import { migrate } from '../../src/db/migrate.js';
import {
  type EmbeddedPostgres,
  openEmbeddedPostgres,
} from '../../src/embedded-postgres/embedded-postgres.js';
import type { Lifetime } from './lifetime.js';

/** The embedded Postgres in a temporary folder, with the settings that `npm start` gives it: fsync is on. */
export interface BenchServer {
  version: string;
  /** A new database; answers its URL. */
  createEmpty(name: string): Promise<string>;
  /** The same, migrated. */
  createDatabase(name: string): Promise<string>;
}

/** @param settings that take hold when the server starts, beside those of `npm start` */
export async function openServer(
  lifetime: Lifetime,
  settings: Record<string, string> = {},
): Promise<BenchServer> {
  const folder = await mkdtemp(join(tmpdir(), 'switchboard-bench-'));
  const dataDir = join(folder, '.data');
  let opening: Promise<EmbeddedPostgres> | undefined;
  lifetime.whenOver(async () => {
    await (await opening)?.close();
    // Where its user cannot enter the folder, the data lives elsewhere.
    const elsewhere = await readlink(join(dataDir, 'postgres')).catch(() => undefined);
    if (elsewhere) await rm(elsewhere, { recursive: true, force: true });
    await rm(folder, { recursive: true, force: true });
  });
  await chmod(folder, 0o755);
  opening = openEmbeddedPostgres({ dataDir });
  if (Object.keys(settings).length > 0) {
    const first = await opening;
    await changeSettings(first.url, settings);
    await first.close();
    opening = openEmbeddedPostgres({ dataDir });
  }
  const { url } = await opening;
  const admin = connect(lifetime, url, 1);
  const [row] = await admin<{ version: string }[]>`select current_setting('server_version') as version`;
  const createEmpty = async (name: string) => {
    await admin`create database ${admin(name)}`;
    const its = new URL(url);
    its.pathname = `/${name}`;
    return its.href;
  };
  return {
    version: row?.version ?? 'unknown',
    createEmpty,
    async createDatabase(name) {
      const its = await createEmpty(name);
      await migrate(its);
      return its;
    },
  };
}

async function changeSettings(url: string, settings: Record<string, string>): Promise<void> {
  const sql = postgres(url, { max: 1 });
  try {
    for (const [name, value] of Object.entries(settings)) {
      await sql.unsafe(`alter system set ${name} = '${value}'`);
    }
  } finally {
    await sql.end();
  }
}

/** Connections for loading and checking: no statement of theirs is cut off. */
export function connect(lifetime: Lifetime, url: string, max: number): Sql {
  // The driver leaves out a setting that is 0 or false.
  const connection = { options: '-c statement_timeout=0' };
  const sql = postgres(url, { max, onnotice: () => {}, connection });
  lifetime.whenOver(() => sql.end({ timeout: 0 }));
  return sql;
}
