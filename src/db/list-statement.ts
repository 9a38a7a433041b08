import { and, asc, desc, eq, getTableColumns, getTableName, gt, lt, type SQL, sql } from 'drizzle-orm';
import type { AnyPgColumn, PgTable } from 'drizzle-orm/pg-core';
import type { Conditions } from './conditions.js';
import type { Db } from './database.js';
import type { Page } from './page.js';

export type ListTable = PgTable & { organizationId: AnyPgColumn; id: AnyPgColumn };

/** Columns of the table, and expressions on one row of it. */
type Selected = Record<string, AnyPgColumn | SQL.Aliased>;

/** Which page of which rows is read. */
export interface List {
  organizationId: string;
  /** The filter that the conditions are of: equal for equal conditions. */
  asked: object;
  conditions: Conditions;
  page: Page;
  oldestFirst?: boolean;
  /** Which columns are read, and a name for them; all if left out. */
  columns?: { name: string; columns: Selected };
}

type Placeholder = ReturnType<typeof sql.placeholder>;

/** The values that a list's statement is given, or their places in one that is prepared. */
export interface ListValues {
  organizationId: string | Placeholder;
  after: string | Placeholder | null;
  before: string | Placeholder | null;
  /** One more than the page has, which says that there is more. */
  most: number | Placeholder;
}

export const valuesOf = ({ organizationId, page: { after, before, limit } }: List): ListValues => ({
  organizationId,
  after,
  before,
  most: limit + 1,
});

export const columnsOf = (table: ListTable, { columns }: List): Selected =>
  columns?.columns ?? getTableColumns(table);

/** Statements on the list in its direction, with no conditions but its organization and the cursors. */
export function listOf(db: Db, table: ListTable, list: List, values: ListValues) {
  const { page, oldestFirst } = list;
  const order = page.forward === (oldestFirst ?? false) ? asc : desc;
  const [behind, ahead] = oldestFirst ? [gt, lt] : [lt, gt];
  const { organizationId, after, before } = values;
  const within = [
    eq(table.organizationId, organizationId),
    ...(after === null ? [] : [behind(table.id, after)]),
    ...(before === null ? [] : [ahead(table.id, before)]),
  ];
  const read = (conditions: SQL[], most = values.most) =>
    db
      .select(columnsOf(table, list))
      .from(table as PgTable)
      .where(and(...within, ...conditions))
      .orderBy(order(table.id))
      .limit(most);
  return { order, within, read };
}

type Rows = Record<string, unknown>[];
interface Prepared {
  execute(values: Record<string, unknown>): Promise<Rows>;
}

const statements = new WeakMap<Db, Map<string, Prepared>>();

/**
 * Reads a list by a statement that is written once and prepared. `name` stands for the conditions in it, which have a
 * place for at most one value, `value`.
 */
export function prepared(
  db: Db,
  table: ListTable,
  list: List,
  name: string,
  value: unknown,
  write: (places: ListValues) => { prepare(name: string): Prepared },
): Promise<Rows> {
  const { forward, after, before } = list.page;
  const direction = [forward, list.oldestFirst, after !== null, before !== null];
  const form = [getTableName(table), name, list.columns?.name, ...direction].join();
  const known = statements.get(db) ?? new Map<string, Prepared>();
  statements.set(db, known);
  let statement = known.get(form);
  if (statement === undefined) {
    const place = sql.placeholder;
    statement = write({
      organizationId: place('organizationId'),
      after: after === null ? null : place('after'),
      before: before === null ? null : place('before'),
      most: place('most'),
    }).prepare(form);
    known.set(form, statement);
  }
  return statement.execute({ ...valuesOf(list), value });
}
