import { sql } from 'drizzle-orm';
import type { Database } from '../../src/db/database.js';

/**
 * The content of every table, for one organization (its uuid) or for all. Equal fingerprints mean that no row was
 * added, changed or deleted. When a key was last used is noted in the background, and does not count.
 */
export async function fingerprint(
  database: Database,
  organization?: string,
): Promise<Record<string, string>> {
  const { db } = database;
  const tables = await tablesOf(database);
  const owned = organization === undefined ? sql`true` : sql`t.organization_id = ${organization}`;
  const row = sql`(to_jsonb(t) - 'last_used_at')`;
  const sums = tables.map(
    ({ name }) => sql`
      select ${name}::text as name, count(*) || ' rows ' || coalesce(md5(string_agg(${row}::text, ',' order by ${row}::text)), '') as sum
      from ${sql.identifier(name)} t where ${owned}`,
  );
  const rows = await db.execute<{ name: string; sum: string }>(sql.join(sums, sql` union all `));
  return Object.fromEntries(rows.map(({ name, sum }) => [name, sum]));
}

const known = new WeakMap<Database, { name: string }[]>();

/** The tables do not change during a test. */
async function tablesOf(database: Database): Promise<{ name: string }[]> {
  const tables =
    known.get(database) ??
    (await database.db.execute<{ name: string }>(sql`
      select t.relname as name from pg_class t
      join pg_attribute a on a.attrelid = t.oid and a.attname = 'organization_id'
      where t.relkind = 'r' and t.relnamespace = 'public'::regnamespace order by t.relname`));
  known.set(database, tables);
  return tables;
}
