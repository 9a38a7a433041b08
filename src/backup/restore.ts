import type { Sql } from 'postgres';
import type { ServerOptions } from '../db/connection/driver.js';
import { copyIn } from '../db/copy.js';
import { migrate } from '../db/migrate.js';
import { newestApplied } from '../db/migrating/applied.js';
import { readMigrations } from '../db/migrating/migration-files.js';
import { StartError } from '../foundation/start-error.js';
import { type BackupHead, BackupReader, BrokenBackup, rowsIn, type TableHead } from './backup-text.js';
import type { Table } from './own-tables.js';
import { APPLICATION, listed, openSession, type Session } from './session.js';

export type RowsSeen = (rows: number, how: { estimate: number | null; isOver: boolean }) => void;

export interface RestoreOptions extends ServerOptions {
  /** Of a role that may change tables. */
  url: string;
  /** Whether what the database has may be deleted. */
  replaces: boolean;
  signal?: AbortSignal | undefined;
  seen?: RowsSeen;
  /** What is done now, after the rows. */
  begins?(work: string): void;
  /** Refuses what was written, before it counts. */
  check?(session: Session): Promise<void>;
}

export interface Restored {
  head: BackupHead;
  rows: number;
  tables: number;
}

/**
 * In one transaction: a database has all of the backup, or what it had before.
 * @throws BrokenBackup, StartError
 */
export async function restore(chunks: AsyncIterable<Buffer>, options: RestoreOptions): Promise<Restored> {
  const { url, passwordFile, schema, signal, begins = () => {} } = options;
  const reader = new BackupReader(chunks);
  const head = await reader.head();
  await prepare(head, options);
  const session = await openSession(url, {
    isolation: 'read committed',
    lock: 'access exclusive',
    passwordFile,
    schema,
    signal,
  });
  let restored: Restored;
  try {
    const { sql } = session;
    await refuseOthers(sql);
    if (!options.replaces) await refuseRows(sql);
    const [before] = await sql`select epoch::text as epoch from log_epoch`;
    const counts = await load(reader, session, { ...options, estimate: head.rows });
    begins('statistics of the tables');
    await sql`analyze ${listed(sql, session.tables)}`;
    await options.check?.(session);
    // Above what the database had, too, whose cursors clients may hold.
    await sql`update log_epoch set epoch = greatest(epoch, ${before?.epoch ?? '0'}::bigint), home = ''`;
    await sql`select raise_call_change_epoch()`;
    await session.commit();
    restored = { head, ...counts };
  } finally {
    await session.close();
  }
  begins('migrations');
  await migrate(url, { passwordFile, schema });
  return restored;
}

/** Gives an empty database the tables that the backup has rows for. */
async function prepare(
  head: BackupHead,
  { url, passwordFile, schema, replaces, signal }: RestoreOptions,
): Promise<void> {
  const known = await readMigrations();
  if (known.every(({ when }) => when < head.migration)) {
    throw new BrokenBackup(`it was made by a newer version, ${head.version}: restore it with that`);
  }
  const session = await openSession(url, {
    isolation: 'read committed',
    lock: 'access share',
    passwordFile,
    schema,
    signal,
  });
  try {
    const { sql } = session;
    const found = await newestApplied(sql);
    if (found > head.migration) {
      throw new StartError(
        `the backup is of version ${head.version}, and the database has the tables of a newer one already: ` +
          'restore it into a new database, which is then brought up to date',
      );
    }
    await refuseOthers(sql);
    if (found !== 0 && !replaces) await refuseRows(sql);
  } finally {
    await session.close();
  }
  await migrate(url, { passwordFile, schema, upTo: head.migration });
}

/** Must be the same in every version. */
const CLAIM = 7_301_944_115;

/** Those that are there, and other restores until the end of the transaction. */
export async function refuseOthers(sql: Sql): Promise<void> {
  const [row] = await sql`select pg_try_advisory_xact_lock(${CLAIM}) as is_alone`;
  if (row?.is_alone !== true) {
    throw new StartError('another restore or move uses the database, or it is both ends of this one');
  }
  const rows = await sql`
    select from pg_stat_activity
    where datname = current_database() and pid <> pg_backend_pid() and application_name like 'switchboard%'
      and application_name not in (${APPLICATION}, 'switchboard migrates')`;
  if (rows.length > 0) throw new StartError('a gateway or another command uses the database: stop it first');
}

async function refuseRows(sql: Sql): Promise<void> {
  const rows = await sql`select from organizations limit 1`;
  if (rows.length > 0) {
    throw new StartError('the database is not empty: --replace deletes all that it has, for the backup');
  }
}

async function load(
  reader: BackupReader,
  { sql, tables }: Session,
  { seen = () => {}, begins = () => {}, estimate }: RestoreOptions & { estimate: number | null },
): Promise<{ rows: number; tables: number }> {
  const pieces = await definitions(sql, tables);
  await sql`truncate ${listed(sql, tables)}`;
  for (const { drop } of pieces) await sql.unsafe(drop);
  const counts: Record<string, number> = {};
  let all = 0;
  for await (const { rows, ...given } of reader.tables()) {
    const table = tableOf(tables, given);
    let count = 0;
    async function* counted() {
      for await (const lines of rows) {
        count += rowsIn(lines);
        seen(all + count, { estimate, isOver: false });
        yield lines;
      }
    }
    const { name, columns, isPartitioned } = table;
    // What this transaction has emptied can be written as it will stay.
    const options = isPartitioned ? sql`` : sql`with (freeze)`;
    await copyIn(sql`copy ${sql(name)} (${sql(columns)}) from stdin ${options}`, counted());
    counts[given.table] = count;
    all += count;
  }
  const { end } = reader;
  for (const [table, count] of Object.entries(end.rows)) {
    if (counts[table] !== count)
      throw new BrokenBackup(`it has ${counts[table] ?? 0} rows of ${table}, not ${count}`);
  }
  seen(all, { estimate, isOver: true });
  begins('indexes and keys');
  for (const { make } of pieces) await sql.unsafe(make);
  for (const [name, last] of Object.entries(end.sequences)) {
    await sql`select setval(c.oid, greatest(${last}::bigint, coalesce(pg_sequence_last_value(c.oid), 1)))
      from pg_class c where c.oid = to_regclass(quote_ident(${name})) and c.relkind = 'S'`;
  }
  return { rows: all, tables: Object.keys(counts).length };
}

function tableOf(tables: readonly Table[], given: TableHead): Table {
  const table = tables.find(({ name }) => name === given.table);
  if (table === undefined) throw new BrokenBackup(`it has a table that is unknown, ${given.table}`);
  const unknown = given.columns.find((column) => !table.columns.includes(column));
  if (unknown !== undefined)
    throw new BrokenBackup(`it has a column that is unknown, ${given.table}.${unknown}`);
  return { ...table, columns: [...given.columns] };
}

interface Definition {
  drop: string;
  make: string;
}

/** What is faster made anew than kept up to date by each row: triggers have done their work, and keys are checked as a whole. */
async function definitions(sql: Sql, tables: readonly Table[]): Promise<Definition[]> {
  const oids = sql`(select o::oid from jsonb_array_elements_text(${JSON.stringify(tables.map(({ oid }) => oid))}::text::jsonb) o)`;
  const triggers = await sql<Definition[]>`
    select format('alter table %s disable trigger user', c.oid::regclass) as drop,
      format('alter table %s enable trigger user', c.oid::regclass) as make
    from pg_class c where c.oid in ${oids}`;
  const indexes = await sql<Definition[]>`
    select format('drop index %s', x.oid::regclass) as drop, pg_get_indexdef(x.oid) as make
    from pg_index i join pg_class x on x.oid = i.indexrelid
    where i.indrelid in ${oids} and x.relkind = 'i' and not i.indisunique order by x.relname`;
  const keys = await sql<Definition[]>`
    select format('alter table %s drop constraint %I', k.conrelid::regclass, k.conname) as drop,
      format('alter table %s add constraint %I %s', k.conrelid::regclass, k.conname, pg_get_constraintdef(k.oid)) as make
    from pg_constraint k where k.contype = 'f' and k.conparentid = 0 and k.conrelid in ${oids} order by k.conname`;
  return [...triggers, ...indexes, ...keys];
}
