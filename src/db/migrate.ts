import { drizzle } from 'drizzle-orm/postgres-js';
import type { Sql } from 'postgres';
import { isPooled } from '../foundation/postgres-url.js';
import { StartError } from '../foundation/start-error.js';
import { analyzeTables } from './analyze.js';
import { type ServerOptions, serverOf } from './connection/driver.js';
import { makeTable, readApplied } from './migrating/applied.js';
import { applyConcurrently, applyWhole, UNHURRIED } from './migrating/apply.js';
import { type Migration, readMigrations } from './migrating/migration-files.js';
import { oneAtATime } from './migrating/one-at-a-time.js';
import { hasSearchIndex, prepareSearch } from './migrating/search-index.js';

/** What it does now; `traffic`: it waits for tables that others use. */
export type MigrationStage = 'server' | 'lock' | 'migrations' | 'traffic';

export interface MigrateOptions extends ServerOptions {
  /** False: a database that lacks migrations is refused, unless it is `isOurs` and empty. */
  migrates?: boolean;
  /** Made for this gateway: an empty one is migrated. */
  isOurs?: boolean;
  /** `when` of the last migration that is applied, for rows of an older version; by default of all. */
  upTo?: number;
  begins?(stage: MigrationStage): void;
}

/**
 * Beside the traffic of other gateways: see docs/operating.md. An up-to-date database needs only a role that can read and
 * write calls.
 *
 * @returns the migrations of a newer version, which this one does not know
 */
export async function migrate(
  url: string,
  { migrates = true, isOurs = false, upTo = Infinity, begins = () => {}, ...options }: MigrateOptions = {},
): Promise<readonly string[]> {
  begins('server');
  const server = serverOf(url, options);
  const connection = { applicationName: 'switchboard migrates', onClose: () => {} };
  const [client, guard] = [server.connect(connection), server.connect(connection)];
  const { sql } = client;
  try {
    const migrations = (await readMigrations()).filter(({ when }) => when <= upTo);
    if (server.schema !== null) await lookIn(sql, server.schema, migrates || isOurs);
    const applied = await readApplied(sql, migrations);
    if (migrates || (isOurs && applied.isEmpty)) {
      if (!applied.isComplete || !(await hasSearchIndex(sql))) {
        begins('lock');
        if (!isPooled(url)) await sql`set statement_timeout = 0`;
        await oneAtATime(guard.sql, () => migrateAll(sql, migrations, begins));
      }
    } else if (!applied.isComplete) throw new StartError(behind(applied.missing));
    begins('migrations');
    await raiseEpoch(sql);
    // Also after a restore, which brings no figures for the planner.
    if (migrates) await analyzeTables(drizzle(sql));
    return applied.newer;
  } finally {
    for (const each of [client, guard]) {
      await each.sql.end({ timeout: 5 });
      each.destroy();
    }
  }
}

async function lookIn(sql: Sql, schema: string, isMade: boolean): Promise<void> {
  const [row] = await sql`
    select set_config('search_path', ${schema}, false), to_regnamespace(${schema}) is null as is_missing`;
  if (row?.is_missing === true && isMade) await sql`create schema ${sql(schema)}`;
}

async function migrateAll(
  sql: Sql,
  migrations: readonly Migration[],
  begins: (stage: MigrationStage) => void,
): Promise<void> {
  begins('migrations');
  await makeTable(sql, migrations);
  // Another gateway may have applied some meanwhile.
  const { missing } = await readApplied(sql, migrations);
  for (const migration of missing) {
    begins('migrations');
    if (migration.isConcurrent) await applyConcurrently(sql, migration);
    else await applyWhole(sql, migration, () => begins('traffic'));
  }
  await prepareSearch(sql);
}

async function raiseEpoch(sql: Sql): Promise<void> {
  await sql.begin(async (tx) => {
    await tx.unsafe(UNHURRIED);
    await tx`select raise_call_change_epoch()`;
  });
}

const behind = (missing: readonly Migration[]) =>
  `the database lacks migrations of this version${missing.length === 0 ? '' : ` (${missing.map(({ name }) => name).join(', ')})`}: ` +
  'run switchboard migrate';
