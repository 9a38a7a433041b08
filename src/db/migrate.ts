import { fileURLToPath } from 'node:url';
import { sql } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/postgres-js';
import { migrate as applyMigrations } from 'drizzle-orm/postgres-js/migrator';
import postgres from 'postgres';
import { serverTimeout } from './server-timeout.js';

/** The same folder seen from src/db and from dist/db: the SQL files are not compiled. */
export const MIGRATIONS_FOLDER = fileURLToPath(new URL('../../src/db/migrations', import.meta.url));

/** Any number, the same in every version: one migrator at a time. */
const MIGRATION_LOCK = 7_301_944_112;

/**
 * Brings the database up to date; does nothing where it is. Safe to run from several processes at once: the lock is
 * held by a transaction of its own, because a session's lock would leak through a pooler in transaction mode.
 *
 * @param timeout seconds that a statement of the gateway may take
 */
export async function migrate(url: string, timeout = 15): Promise<void> {
  const options = { max: 1, onnotice: () => {}, connect_timeout: 5, fetch_types: false };
  const guard = postgres(url, options);
  const client = postgres(url, options);
  try {
    await guard.begin(async (tx) => {
      await tx`set local statement_timeout = 0`;
      await tx`set local idle_in_transaction_session_timeout = 0`;
      await tx`select pg_advisory_xact_lock(${MIGRATION_LOCK})`;
      await client`set statement_timeout = 0`;
      await client`set client_min_messages = warning`;
      await applyMigrations(drizzle(client), { migrationsFolder: MIGRATIONS_FOLDER });
      await client`select raise_call_change_epoch()`;
      const defaults = JSON.stringify({
        ...ROLE_DEFAULTS,
        statement_timeout: `${serverTimeout(timeout * 1000)}ms`,
      });
      await client`select set_config('switchboard.role_defaults', ${defaults}, false)`;
      await drizzle(client).execute(roleDefaults);
    });
  } finally {
    await Promise.all([client.end({ timeout: 5 }), guard.end({ timeout: 5 })]);
  }
}

/**
 * Settings that our statements count on: no JIT compiler for short queries, no statement or forgotten transaction that
 * holds locks, and times that read as ISO 8601 in UTC.
 */
export const ROLE_DEFAULTS = {
  jit: 'off',
  statement_timeout: '14s',
  idle_in_transaction_session_timeout: '15s',
  TimeZone: 'UTC',
  DateStyle: 'ISO',
};

/**
 * They are the role's own in this database and not start-up parameters, which PgBouncer refuses. Only what differs is
 * written: ALTER ROLE takes a lock that concurrent starts would queue for. The block takes them from a setting, for it
 * can have no parameters.
 */
const roleDefaults = sql`
  do $$
  declare
    wanted record;
  begin
    for wanted in
      select * from json_each_text(current_setting('switchboard.role_defaults')::json) v
      where not exists (
        select from pg_db_role_setting s
        join pg_database d on d.oid = s.setdatabase and d.datname = current_database()
        join pg_roles r on r.oid = s.setrole and r.rolname = current_user
        where v.key || '=' || v.value = any (s.setconfig)
      )
    loop
      execute format('alter role current_user in database %I set %I = %L', current_database(), wanted.key, wanted.value);
    end loop;
  end $$`;
