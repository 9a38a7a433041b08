import { sql } from 'drizzle-orm';
import type { Database } from '../../src/db/database.js';

/**
 * What every table holds, of one organization (its uuid) or of all: two fingerprints are equal when no row came, went or
 * changed between them.
 */
export async function fingerprint({ db }: Database, organization?: string): Promise<Record<string, string>> {
  const tables = await db.execute<{ name: string }>(sql`
    select table_name as name from information_schema.columns
    where table_schema = 'public' and column_name = 'organization_id' order by table_name`);
  const owned = organization === undefined ? sql`true` : sql`t.organization_id = ${organization}`;
  const sums = tables.map(
    ({ name }) => sql`
      select ${name}::text as name, count(*) || ' rows ' || coalesce(md5(string_agg(t::text, ',' order by t::text)), '') as sum
      from ${sql.identifier(name)} t where ${owned}`,
  );
  const rows = await db.execute<{ name: string; sum: string }>(sql.join(sums, sql` union all `));
  return Object.fromEntries(rows.map(({ name, sum }) => [name, sum]));
}
