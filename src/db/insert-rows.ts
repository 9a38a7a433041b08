import { getTableColumns, getTableName, type InferSelectModel, is, SQL, sql } from 'drizzle-orm';
import type { AnyPgColumn, PgTable } from 'drizzle-orm/pg-core';
import type { Transaction } from './database.js';

const namesByTable = new WeakMap<PgTable, Map<string, string>>();

/** The columns' names in the database by their fields', worked out once a table: writes ask for dozens each. */
function columnNames(table: PgTable): Map<string, string> {
  let names = namesByTable.get(table);
  if (names === undefined) {
    const fields = Object.entries(getTableColumns(table));
    names = new Map(
      fields.map(([field, { name }]) => [
        field,
        name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
      ]),
    );
    namesByTable.set(table, names);
  }
  return names;
}

/** The name of a column in the database: Drizzle applies its casing to columns, and not where SQL is written by hand. */
export function columnName(table: PgTable, field: string): string {
  const name = columnNames(table).get(field);
  if (name === undefined) throw new Error(`${getTableName(table)} has no column for ${field}`);
  return name;
}

/**
 * The columns of something that stands for the table, e.g. of what a function returns: Drizzle takes the table's own
 * columns for those of the table itself only. Expressions stay what they are.
 */
export function columnsLike<T extends PgTable, Row = InferSelectModel<T>>(
  table: T,
  columns: Record<string, AnyPgColumn | SQL.Aliased> = getTableColumns(table),
) {
  return Object.fromEntries(
    Object.entries(columns).map(([field, column]) => [
      field,
      is(column, SQL.Aliased) ? column : sql`${sql.identifier(columnName(table, field))}`.mapWith(column),
    ]),
  ) as { [Field in keyof Row]: SQL<Row[Field]> };
}

/** A row's members by the names of their columns. */
export function inColumns(table: PgTable, row: object): Record<string, unknown> {
  return Object.fromEntries(Object.entries(row).map(([field, value]) => [columnName(table, field), value]));
}

/**
 * Rows as a set `v` with the table's columns, in one parameter however many they are: a statement has at most 65,534.
 * `v.ordinality` counts them from 1.
 */
export function rowsOf<Row extends object>(table: PgTable, rows: Row[]): SQL {
  const named = rows.map((row) => inColumns(table, row));
  return sql`jsonb_populate_recordset(null::${table}, ${JSON.stringify(named)}::text::jsonb) with ordinality v`;
}

/** Columns of `v`, separated by commas. */
export function columnsOf(table: PgTable, fields: string[], of?: string): SQL {
  const prefix = of === undefined ? sql`` : sql`${sql.identifier(of)}.`;
  return sql.join(
    fields.map((field) => sql`${prefix}${sql.identifier(columnName(table, field))}`),
    sql`, `,
  );
}

/**
 * Inserts rows of an organization that all have the same fields, in their order, by one statement; nothing for none.
 * `fixed` are columns that every row gets from an expression, e.g. a sequence.
 */
export async function insertRows<
  T extends PgTable,
  Row extends Omit<Partial<T['$inferInsert']>, 'organizationId'>,
>(
  tx: Transaction,
  table: T,
  organizationId: string,
  rows: Row[],
  fixed: Record<string, SQL> = {},
): Promise<void> {
  const [first] = rows;
  if (first === undefined) return;
  const fields = Object.keys(first).filter((field) => field !== 'organizationId' && !(field in fixed));
  const columns = columnsOf(table, ['organizationId', ...Object.keys(fixed), ...fields]);
  const values = sql.join([sql`${organizationId}::uuid`, ...Object.values(fixed)], sql`, `);
  await tx.execute(
    sql`insert into ${table} (${columns})
      select ${values}, ${columnsOf(table, fields, 'v')} from ${rowsOf(table, rows)} order by v.ordinality`,
  );
}
