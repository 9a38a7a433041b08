import type { Table } from './own-tables.js';
import type { Session } from './session.js';

/** The first table whose rows are not the same in both; null if there is none. */
export async function differenceOf(one: Session, other: Session): Promise<string | null> {
  for (const table of one.tables) {
    const [first, second] = await Promise.all([digestOf(one, table), digestOf(other, table)]);
    if (first !== second) return table.name;
  }
  return null;
}

/** Of all rows, in any order: each is hashed as text, in which all servers write a value the same. */
async function digestOf({ sql }: Session, { name, columns }: Table): Promise<string> {
  const [row] = await sql`
    select count(*) || ' ' || coalesce(sum(hashtextextended(row(${sql(columns)})::text, 0)::numeric), 0) as digest
    from ${sql(name)}`;
  return row?.digest;
}
