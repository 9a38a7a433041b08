import type { Sql } from 'postgres';
import { type ServerOptions, serverOf } from '../db/connection/driver.js';
import { ownTables, type Table } from './own-tables.js';

export const APPLICATION = 'switchboard backup';

export interface SessionOptions extends ServerOptions {
  isolation: 'read committed' | 'repeatable read';
  /** Of all tables, before anything is looked at. */
  lock: 'access share' | 'exclusive' | 'access exclusive';
  signal?: AbortSignal | undefined;
}

/** One transaction: a pooler would give each transaction another session. */
export interface Session {
  readonly sql: Sql;
  readonly tables: readonly Table[];
  commit(): Promise<void>;
  /** What was not committed is undone. */
  close(): Promise<void>;
}

/** No end to statements that take hours. */
const WITHOUT_LIMITS =
  'set local statement_timeout = 0; set local idle_in_transaction_session_timeout = 0; set local lock_timeout = 0';

/** A value has the same text on every server. */
const SAME_TEXT = `
  select set_config('transaction_timeout', '0', true) from pg_settings where name = 'transaction_timeout';
  set local timezone = 'UTC'; set local datestyle = 'ISO, MDY'; set local intervalstyle = 'postgres';
  set local bytea_output = 'hex'; set local extra_float_digits = 1; set local jit = off`;

export async function openSession(
  url: string,
  { isolation, lock, signal, ...options }: SessionOptions,
): Promise<Session> {
  const server = serverOf(url, options);
  const client = server.connect({ applicationName: APPLICATION, onClose: () => {} });
  const { sql } = client;
  const abort = () => client.destroy();
  signal?.addEventListener('abort', abort);
  const close = async () => {
    signal?.removeEventListener('abort', abort);
    await sql.end({ timeout: 0 });
  };
  try {
    signal?.throwIfAborted();
    if (server.schema !== null) await sql`select set_config('search_path', ${server.schema}, false)`;
    const tables = await ownTables(sql);
    await sql.unsafe(`begin isolation level ${isolation}; ${WITHOUT_LIMITS}`);
    // A snapshot begins after the locks, so no migration and no last write comes between.
    if (tables.length > 0) await sql`lock table ${listed(sql, tables)} in ${sql.unsafe(lock)} mode`;
    await sql.unsafe(SAME_TEXT);
    const commit = async () => {
      await sql.unsafe('commit');
    };
    return { sql, tables, commit, close };
  } catch (error) {
    await close();
    throw error;
  }
}

export const listed = (sql: Sql, tables: readonly Table[]) =>
  tables.map(({ name }) => sql`${sql(name)}`).reduce((all, each) => sql`${all}, ${each}`);
