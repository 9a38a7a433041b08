import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { drizzle } from 'drizzle-orm/postgres-js';
import { migrate as applyMigrations } from 'drizzle-orm/postgres-js/migrator';
import type { Sql, TransactionSql } from 'postgres';
import { StartError } from '../foundation/start-error.js';
import { databaseErrorCode, READ_ONLY } from '../foundation/unavailable.js';
import { analyzeTables } from './analyze.js';
import { type Client, type Server, type ServerOptions, serverOf } from './connection/driver.js';

/** Works from src/db and dist/db: SQL files are not compiled. */
export const MIGRATIONS_FOLDER = fileURLToPath(new URL('../../src/db/migrations', import.meta.url));

/** undefined_table, invalid_schema_name, undefined_function. */
export const NOT_MIGRATED: ReadonlySet<string> = new Set(['42P01', '3F000', '42883']);

/** Must be the same in every version. */
const MIGRATION_LOCK = 7_301_944_112;

export type MigrationStage = 'server' | 'lock' | 'migrations';

export interface MigrateOptions extends ServerOptions {
  begins?(stage: MigrationStage): void;
}

/**
 * One transaction: a session's lock or setting would leak through a pooler. An up-to-date database needs only a role
 * that can read and write calls.
 */
export async function migrate(
  url: string,
  { begins = () => {}, ...options }: MigrateOptions = {},
): Promise<void> {
  begins('server');
  const client = await connect(serverOf(url, options));
  try {
    await client.sql.begin(async (tx) => {
      await tx.unsafe('set local statement_timeout = 0; set local idle_in_transaction_session_timeout = 0');
      begins('lock');
      await tx`select pg_advisory_xact_lock(${MIGRATION_LOCK})`;
      begins('migrations');
      await refuseReadOnly(tx);
      if (!(await isUpToDate(tx))) await applyMigrations(drizzle(nested(client.sql, tx)), MIGRATIONS);
      await tx`select raise_call_change_epoch()`;
      await prepareSearch(tx);
      await grantMigrationsRead(tx);
    });
    // Also after a restore, which brings no figures for the planner.
    await analyzeTables(drizzle(client.sql));
  } finally {
    await client.sql.end({ timeout: 5 });
  }
}

const MIGRATIONS = { migrationsFolder: MIGRATIONS_FOLDER };

async function connect(server: Server): Promise<Client> {
  const client = server.connect({ applicationName: 'switchboard migrates', onClose: () => {} });
  try {
    await client.sql.unsafe('select 1');
    return client;
  } catch (error) {
    client.destroy();
    throw error;
  }
}

function nested(client: Sql, tx: TransactionSql): Sql {
  const begin = (work: (tx: TransactionSql) => Promise<unknown>) => tx.savepoint(work);
  return Object.assign(tx, { options: client.options, begin }) as unknown as Sql;
}

/** Without pending migrations, nothing else would fail on a read-only server. */
async function refuseReadOnly(tx: TransactionSql): Promise<void> {
  const [row] = await tx`select current_setting('transaction_read_only') as is_read_only`;
  if (row?.is_read_only === 'on') throw Object.assign(new Error('it takes no writes'), { code: READ_ONLY });
}

async function isUpToDate(tx: TransactionSql): Promise<boolean> {
  const timestamps = await migrationTimestamps();
  try {
    const [row] = await tx.savepoint(
      (savepoint) =>
        savepoint`select max(created_at) as newest, current_database() as name from drizzle.__drizzle_migrations`,
    );
    const newest = Number(row?.newest ?? 0);
    if (newest > 0 && newest < Math.min(...timestamps)) throw new StartError(unreleased(row?.name));
    return newest >= Math.max(...timestamps);
  } catch (error) {
    if (NOT_MIGRATED.has(databaseErrorCode(error) ?? '')) return false;
    throw error;
  }
}

const unreleased = (database: string) =>
  `the database ${database} is of an unreleased earlier version and cannot be upgraded: replace it by an empty one ` +
  '(remove DATA_DIR if it is the embedded Postgres)';

/** Makes the index as soon as the server has the extension. A migration that is being made has no functions yet. */
async function prepareSearch(tx: TransactionSql): Promise<void> {
  const [row] = await tx`select to_regprocedure('prepare_call_search()') is not null as is_there`;
  if (row?.is_there === true) await tx`select prepare_call_search()`;
}

/** The serving role must see what was applied, and may differ from the migrating one. */
async function grantMigrationsRead(tx: TransactionSql): Promise<void> {
  const [row] = await tx`
    select has_schema_privilege('public', 'drizzle', 'usage')
      and has_table_privilege('public', 'drizzle.__drizzle_migrations', 'select') as do_see`;
  if (row?.do_see === true) return;
  await tx`grant usage on schema drizzle to public`;
  await tx`grant select on drizzle.__drizzle_migrations to public`;
}

export const newestMigration = async (): Promise<number> => Math.max(...(await migrationTimestamps()));

async function migrationTimestamps(): Promise<number[]> {
  const journal: { entries: { when: number }[] } = JSON.parse(
    await readFile(`${MIGRATIONS_FOLDER}/meta/_journal.json`, 'utf8'),
  );
  return journal.entries.map(({ when }) => when);
}
