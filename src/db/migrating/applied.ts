import type { Sql, TransactionSql } from 'postgres';
import { StartError } from '../../foundation/start-error.js';
import { databaseErrorCode, READ_ONLY } from '../../foundation/unavailable.js';
import type { Migration } from './migration-files.js';

/** undefined_table, invalid_schema_name, undefined_function. */
export const NOT_MIGRATED: ReadonlySet<string> = new Set(['42P01', '3F000', '42883']);

export interface Applied {
  names: ReadonlySet<string>;
  hasTable: boolean;
  missing: readonly Migration[];
  /** Of a newer version, which this one can work with. */
  newer: readonly string[];
  /** Nothing is missing, nor the table that says so. */
  isComplete: boolean;
  /** There is nothing of Switchboard yet. */
  isEmpty: boolean;
}

/** @throws StartError if this version cannot work on the database, even after its migrations */
export async function readApplied(sql: Sql, migrations: readonly Migration[]): Promise<Applied> {
  const [place] = await sql`
    select current_setting('transaction_read_only') as is_read_only, current_database() as database,
      to_regclass('switchboard_migrations') is not null as has_table, to_regclass('calls') is null as is_empty,
      to_regclass('organizations') is null as is_foreign`;
  // With nothing to do, nothing else would fail on a standby.
  if (place?.is_read_only === 'on') throw Object.assign(new Error('it takes no writes'), { code: READ_ONLY });
  const rows: { name: string; needs: number | null }[] =
    place?.has_table === true
      ? await sql`select name, needs::float8 as needs from switchboard_migrations order by created_at`
      : (await namesOfDrizzle(sql, migrations, place?.is_empty)).map((name) => ({ name, needs: null }));
  const isEmpty = place?.is_empty === true;
  if (!isEmpty && place?.is_foreign === true) throw new StartError(foreign(place.database));
  if (rows.length === 0 && !isEmpty) throw new StartError(unreleased(place?.database));
  const names = new Set(rows.map(({ name }) => name));
  const known = new Set(migrations.map(({ name }) => name));
  const newest = Math.max(...migrations.map(({ when }) => when));
  if (rows.some(({ needs }) => needs !== null && needs > newest)) {
    throw new StartError(
      `the database ${place?.database} is of a newer version, which this one cannot work on`,
    );
  }
  const missing = migrations.filter(({ name }) => !names.has(name));
  return {
    names,
    missing,
    hasTable: place?.has_table === true,
    isComplete: missing.length === 0 && place?.has_table === true,
    newer: [...names].filter((name) => !known.has(name)),
    isEmpty,
  };
}

/** `when` of the newest migration that was applied, also on a standby; 0 without any. */
export async function newestApplied(sql: Sql): Promise<number> {
  const [place] = await sql`
    select to_regclass('switchboard_migrations') is not null as has_table, to_regclass('calls') is null as is_empty`;
  if (place?.is_empty === true) return 0;
  const [row] =
    place?.has_table === true
      ? await sql`select max(created_at)::float8 as newest from switchboard_migrations`
      : await sql`select max(created_at)::float8 as newest from drizzle.__drizzle_migrations`;
  return row?.newest ?? 0;
}

const foreign = (database: string) =>
  `the database ${database} has a table calls of another application: set DATABASE_SCHEMA to a schema of its own`;

const unreleased = (database: string) =>
  `the database ${database} is of an unreleased earlier version and cannot be upgraded: replace it by an empty one ` +
  '(remove DATA_DIR if it is the embedded Postgres)';

/** Before the gateway had a table of its own, it shared that of all applications that use drizzle. */
async function namesOfDrizzle(
  sql: Sql,
  migrations: readonly Migration[],
  isEmpty: boolean,
): Promise<string[]> {
  if (isEmpty) return [];
  try {
    const rows = await sql`select created_at::float8 as at from drizzle.__drizzle_migrations`;
    const stamps = new Set(rows.map(({ at }) => at as number));
    return migrations.filter(({ when }) => stamps.has(when)).map(({ name }) => name);
  } catch (error) {
    if (NOT_MIGRATED.has(databaseErrorCode(error) ?? '')) return [];
    throw error;
  }
}

/** The serving role must see what was applied, and may differ from the migrating one. */
export async function makeTable(sql: Sql, migrations: readonly Migration[]): Promise<void> {
  const { names, hasTable } = await readApplied(sql, migrations);
  if (hasTable) return;
  await sql.begin(async (tx) => {
    await tx`
      create table switchboard_migrations (
        name text primary key, created_at bigint not null, hash text not null, needs bigint,
        applied_at timestamptz not null default now()
      )`;
    await tx`grant select on switchboard_migrations to public`;
    for (const migration of migrations.filter(({ name }) => names.has(name))) await note(tx, migration);
  });
}

export async function note(sql: Sql | TransactionSql, { name, when, hash, needs }: Migration): Promise<void> {
  await sql`
    insert into switchboard_migrations (name, created_at, hash, needs) values (${name}, ${when}, ${hash}, ${needs})
    on conflict (name) do nothing`;
}

export async function isApplied(sql: Sql | TransactionSql, { name }: Migration): Promise<boolean> {
  return (await sql`select from switchboard_migrations where name = ${name}`).length > 0;
}
