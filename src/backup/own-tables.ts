import type { Sql } from 'postgres';
import { readMigrations } from '../db/migrating/migration-files.js';

export interface Table {
  name: string;
  oid: number;
  /** But for those that Postgres derives from others. */
  columns: string[];
  /** As Postgres estimates them; null if it does not. */
  rows: number | null;
  isPartitioned: boolean;
}

/** What it says of partitions is true of its own database alone: a restore puts the rows into those that are there. */
const OF_PARTITIONS = 'log_parts';

/** All tables of this database that a migration has made, of whatever version: another program may have some beside them. */
export async function ownTables(sql: Sql): Promise<Table[]> {
  const names = JSON.stringify(await namesInMigrations());
  const rows = await sql`
    select c.relname as name, c.oid::int8::text as oid, c.relkind = 'p' as is_partitioned, (
      select json_agg(a.attname order by a.attnum)::text from pg_attribute a
      where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped and a.attgenerated = ''
    ) as columns, (
      select case when bool_and(l.reltuples >= 0) then sum(l.reltuples)::float8 end from pg_class l
      where l.relkind = 'r' and (l.oid = c.oid or l.oid in (select p.relid from pg_partition_tree(c.oid) p))
    ) as rows
    from jsonb_array_elements_text(${names}::text::jsonb) made(name)
      join pg_class c on c.oid = to_regclass(quote_ident(made.name))
    where c.relkind in ('r', 'p') and not c.relispartition
    order by c.relname`;
  return rows.map(({ name, oid, columns, rows: estimate, is_partitioned: isPartitioned }) => ({
    name,
    oid: Number(oid),
    columns: JSON.parse(columns),
    rows: estimate,
    isPartitioned,
  }));
}

async function namesInMigrations(): Promise<string[]> {
  const statements = (await readMigrations()).flatMap((migration) => migration.statements);
  const made = statements.map(
    (statement) => /^CREATE TABLE (?:IF NOT EXISTS )?"(\w+)"/m.exec(statement)?.[1],
  );
  return [...new Set(made.filter((name) => name !== undefined))].filter((name) => name !== OF_PARTITIONS);
}

/** By name, what each sequence has given last. */
export async function sequencesOf(sql: Sql, tables: readonly Table[]): Promise<Record<string, string>> {
  const oids = JSON.stringify(tables.map(({ oid }) => oid));
  const rows = await sql`
    select s.relname as name, pg_sequence_last_value(q.seqrelid)::text as last
    from pg_sequence q join pg_class s on s.oid = q.seqrelid
    where s.oid = to_regclass('call_change_seq') or s.oid in (
      select d.objid from pg_depend d
      where d.classid = 'pg_class'::regclass and d.refclassid = 'pg_class'::regclass and d.deptype in ('a', 'i')
        and d.refobjid in (select o::oid from jsonb_array_elements_text(${oids}::text::jsonb) o))`;
  const used = rows.filter(({ last }) => last !== null);
  return Object.fromEntries(used.map(({ name, last }) => [name, last]));
}
