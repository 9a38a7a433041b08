import { getTableColumns, getTableName, type InferSelectModel, is, SQL, sql } from 'drizzle-orm';
import type { AnyPgColumn, PgTable } from 'drizzle-orm/pg-core';
import { mapFor } from './connection/account.js';
import type { Transaction } from './database.js';

const namesByTable = new WeakMap<PgTable, Map<string, string>>();

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

export function columnName(table: PgTable, field: string): string {
  const name = columnNames(table).get(field);
  if (name === undefined) throw new Error(`${getTableName(table)} has no column for ${field}`);
  return name;
}

/** For e.g. a function's result: Drizzle qualifies the table's own columns with its name. */
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

export function inColumns(table: PgTable, row: object): Record<string, unknown> {
  return Object.fromEntries(Object.entries(row).map(([field, value]) => [columnName(table, field), value]));
}

/** One parameter, because a statement may have only 65,534. `v.ordinality` counts from 1. */
export async function rowsOf<Row extends object>(
  tx: Transaction,
  table: PgTable,
  rows: readonly Row[],
): Promise<SQL> {
  const texts = await mapFor(tx, rows, (row) => JSON.stringify(inColumns(table, row)));
  return sql`jsonb_populate_recordset(null::${table}, ${`[${texts}]`}::text::jsonb) with ordinality v`;
}

export function columnsOf(table: PgTable, fields: string[], of?: string): SQL {
  const prefix = of === undefined ? sql`` : sql`${sql.identifier(of)}.`;
  return sql.join(
    fields.map((field) => sql`${prefix}${sql.identifier(columnName(table, field))}`),
    sql`, `,
  );
}

interface NewRows<T extends PgTable = PgTable> {
  table: T;
  rows: Omit<Partial<T['$inferInsert']>, 'organizationId'>[];
  fixed?: Record<string, SQL>;
}

export const insertRows = <T extends PgTable>(
  tx: Transaction,
  table: T,
  organizationId: string,
  rows: NewRows<T>['rows'],
  fixed: Record<string, SQL> = {},
): Promise<void> => insertInto(tx, organizationId, [{ table, rows, fixed }]);

export async function insertInto(tx: Transaction, organizationId: string, all: NewRows[]): Promise<void> {
  const statements = await Promise.all(all.map((each) => insertion(tx, organizationId, each)));
  await Promise.all(statements.flatMap((statement) => (statement === null ? [] : tx.execute(statement))));
}

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

/** Inserts them, or replaces those of the same ids. */
export async function replaceRows<Row extends object>(
  tx: Transaction,
  table: PgTable,
  organizationId: string,
  rows: readonly Row[],
): Promise<void> {
  const [first] = rows;
  if (first === undefined) return;
  const fields = Object.keys(first).filter((field) => field !== 'organizationId');
  const set = await rowsOf(tx, table, rows);
  await tx.execute(sql`insert into ${table} (${columnsOf(table, ['organizationId', ...fields])})
    select ${organizationId}::uuid, ${columnsOf(table, fields, 'v')} from ${set} order by v.ordinality
    on conflict (organization_id, id) do update
    set (${columnsOf(table, fields)}) = row(${columnsOf(table, fields, 'excluded')})`);
}

/** Sets the fields, and what is `fixed`, of the rows that have these keys. The table is `t` there. */
export async function updateRows<Row extends object>(
  tx: Transaction,
  table: PgTable,
  organizationId: string,
  rows: readonly Row[],
  { keys, fields, fixed = [] }: { keys: string[]; fields: string[]; fixed?: SQL[] },
): Promise<void> {
  if (rows.length === 0) return;
  const columns = new Set([...keys, ...fields]);
  const values = rows.map((row) =>
    Object.fromEntries(Object.entries(row).filter(([field]) => columns.has(field))),
  );
  const name = (field: string) => sql.identifier(columnName(table, field));
  const set = fields.map((field) => sql`${name(field)} = v.${name(field)}`);
  const same = keys.map((key) => sql`t.${name(key)} = v.${name(key)}`);
  const from = await rowsOf(tx, table, values);
  await tx.execute(sql`
    update ${table} t set ${sql.join([...set, ...fixed], sql`, `)} from ${from}
    where t.organization_id = ${organizationId} and ${sql.join(same, sql` and `)}`);
}
