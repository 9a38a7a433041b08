import { setTimeout as sleep } from 'node:timers/promises';
import type { Sql, TransactionSql } from 'postgres';
import { StartError } from '../../foundation/start-error.js';
import { databaseErrorCode } from '../../foundation/unavailable.js';
import { isApplied, note } from './applied.js';
import type { Migration } from './migration-files.js';

/** Released versions take it for all of their migrations, and wait for it in a statement. */
const LOCK_OF_OLDER_VERSIONS = 7_301_944_112;

/** lock_not_available, deadlock_detected. */
const IN_USE = new Set(['55P03', '40P01']);
const UNDEFINED_OBJECT = '42704';

export interface Patience {
  /**
   * Milliseconds that a migration waits for a lock. Other statements wait for the migration meanwhile. More than a second,
   * after which an autovacuum gives way.
   */
  lockTimeout: number;
  /** Milliseconds between two tries, the last repeated, while other statements run. */
  pauses: readonly number[];
  /** Milliseconds. */
  giveUpAfter: number;
}

export const PATIENCE: Patience = {
  lockTimeout: 2_000,
  pauses: [1_000, 2_000, 4_000, 8_000],
  giveUpAfter: 600_000,
};

/** Without limits of time: those of a role are for requests. */
export const UNHURRIED = 'set local statement_timeout = 0; set local idle_in_transaction_session_timeout = 0';

/** In one transaction, which gives way to others while it waits for a table. */
export async function applyWhole(
  sql: Sql,
  migration: Migration,
  waits: () => void,
  { lockTimeout, pauses, giveUpAfter }: Patience = PATIENCE,
): Promise<void> {
  const until = performance.now() + giveUpAfter;
  for (let tries = 0; ; tries += 1) {
    try {
      await sql.begin((tx) => run(tx, migration, lockTimeout));
      return;
    } catch (error) {
      if (!IN_USE.has(databaseErrorCode(error) ?? '')) throw error;
      const pause = pauses[Math.min(tries, pauses.length - 1)] as number;
      if (performance.now() + pause > until) throw inUse(migration, giveUpAfter, error);
      waits();
      await sleep(pause);
    }
  }
}

async function run(tx: TransactionSql, migration: Migration, lockTimeout: number): Promise<void> {
  await tx.unsafe(UNHURRIED);
  await tx`select pg_advisory_xact_lock(${LOCK_OF_OLDER_VERSIONS})`;
  if (await isApplied(tx, migration)) return;
  await tx`select set_config('lock_timeout', ${`${lockTimeout}ms`}, true)`;
  for (const statement of migration.statements) await tx.unsafe(statement);
  await note(tx, migration);
}

const inUse = ({ name }: Migration, milliseconds: number, cause: unknown) =>
  new StartError(
    `the migration ${name} found its tables in use for ${Math.round(milliseconds / 1_000)} s: ` +
      'end the long transactions, which switchboard doctor names, and start again',
    { cause },
  );

/** Statement by statement, beside all others; what was broken off is made anew. */
export async function applyConcurrently(sql: Sql, migration: Migration): Promise<void> {
  for (const statement of migration.statements) {
    if (await isMade(sql, statement)) continue;
    await sql.unsafe(statement).catch((error) => {
      const isDone = /\bDROP INDEX\b/i.test(statement) && databaseErrorCode(error) === UNDEFINED_OBJECT;
      if (!isDone) throw error;
    });
  }
  await note(sql, migration);
}

async function isMade(sql: Sql, statement: string): Promise<boolean> {
  const [, name] =
    /\bCREATE (?:UNIQUE )?INDEX CONCURRENTLY (?:IF NOT EXISTS )?"?(\w+)"?/i.exec(statement) ?? [];
  return name !== undefined && (await isValid(sql, name));
}

/** Removes what is left of an index that was broken off. */
export async function isValid(sql: Sql, index: string): Promise<boolean> {
  const [row] =
    await sql`select indisvalid as is_valid from pg_index where indexrelid = to_regclass(quote_ident(${index}))`;
  if (row?.is_valid === false) await sql`drop index concurrently ${sql(index)}`;
  return row?.is_valid === true;
}
