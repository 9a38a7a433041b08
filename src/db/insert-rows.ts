import { getTableColumns, getTableName, type InferSelectModel, is, SQL, sql } from 'drizzle-orm';
import type { AnyPgColumn, PgTable } from 'drizzle-orm/pg-core';
import { mappedFor } from './account.js';
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
export async function rowsOf<Row extends object>(tx: Transaction, table: PgTable, rows: Row[]): Promise<SQL> {
  const texts = await mappedFor(tx, rows, (row) => JSON.stringify(inColumns(table, row)));
  return sql`jsonb_populate_recordset(null::${table}, ${`[${texts}]`}::text::jsonb) with ordinality v`;
}

/** Columns of `v`, separated by commas. */
export function columnsOf(table: PgTable, fields: string[], of?: string): SQL {
  const prefix = of === undefined ? sql`` : sql`${sql.identifier(of)}.`;
  return sql.join(
    fields.map((field) => sql`${prefix}${sql.identifier(columnName(table, field))}`),
    sql`, `,
  );
}

/** Rows of one table that are to be inserted; they all have the same fields. */
interface NewRows<T extends PgTable = PgTable> {
  table: T;
  rows: Omit<Partial<T['$inferInsert']>, 'organizationId'>[];
  /** Columns that every row gets from an expression, e.g. a sequence. */
  fixed?: Record<string, SQL>;
}

/** Inserts rows of an organization, in their order. */
export const insertRows = <T extends PgTable>(
  tx: Transaction,
  table: T,
  organizationId: string,
  rows: NewRows<T>['rows'],
  fixed: Record<string, SQL> = {},
): Promise<void> => insertInto(tx, organizationId, [{ table, rows, fixed }]);

/** Inserts into one table after another, each by one statement, and sends them all at once. */
export async function insertInto(tx: Transaction, organizationId: string, all: NewRows[]): Promise<void> {
  const statements = await Promise.all(all.map((each) => insertion(tx, organizationId, each)));
  await Promise.all(statements.flatMap((statement) => (statement === null ? [] : tx.execute(statement))));
}

/** Null where there is nothing to insert. */
async function insertion(
  tx: Transaction,
  organizationId: string,
  { table, rows, fixed = {} }: NewRows,
): Promise<SQL | null> {
  const [first] = rows;
  if (first === undefined) return null;
  const fields = Object.keys(first).filter((field) => field !== 'organizationId' && !(field in fixed));
  const columns = columnsOf(table, ['organizationId', ...Object.keys(fixed), ...fields]);
  const values = sql.join([sql`${organizationId}::uuid`, ...Object.values(fixed)], sql`, `);
  const set = await rowsOf(tx, table, rows);
  return sql`insert into ${table} (${columns})
    select ${values}, ${columnsOf(table, fields, 'v')} from ${set} order by v.ordinality`;
}
