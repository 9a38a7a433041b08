import { createHash } from 'node:crypto';
import { and, asc, desc, eq, getTableColumns, getTableName, gt, lt, type SQL, sql } from 'drizzle-orm';
import type { AnyPgColumn, PgTable } from 'drizzle-orm/pg-core';
import { canonicalKey } from '../../foundation/canonical-key.js';
import type { Page } from '../../foundation/page.js';
import { startNow } from '../connection/account.js';
import type { Db } from '../database.js';
import { onceFor } from '../loading/once-for.js';
import { unseen } from '../loading/placeholders.js';
import type { Conditions } from './conditions.js';

export type ListTable = PgTable & { organizationId: AnyPgColumn; id: AnyPgColumn };

type Selected = Record<string, AnyPgColumn | SQL.Aliased>;

export interface List {
  organizationId: string;
  /** Equal filters must have equal conditions. */
  filter: object;
  conditions: Conditions;
  page: Page;
  oldestFirst?: boolean;
  columns?: { name: string; columns: Selected; reads?: readonly string[] };
}

export interface ListValues {
  organizationId: string | SQL;
  after: string | SQL | null;
  before: string | SQL | null;
  limit: number;
}

/** Drizzle's type of a limit knows no SQL. */
export const asLimit = (limit: SQL) => limit as SQL & number;

export const valuesOf = ({ organizationId, page: { after, before, limit } }: List): ListValues => ({
  organizationId,
  after,
  before,
  limit: limit + 1,
});

export const columnsOf = (table: ListTable, { columns }: List): Selected =>
  columns?.columns ?? getTableColumns(table);

export function listOf(db: Db, table: ListTable, list: List, values: ListValues) {
  const { page, oldestFirst } = list;
  const order = page.forward === (oldestFirst ?? false) ? asc : desc;
  const [behind, ahead] = oldestFirst ? [gt, lt] : [lt, gt];
  const { organizationId, after, before } = values;
  const betweenCursors = (id: SQL) => [
    ...(after === null ? [] : [behind(id, after)]),
    ...(before === null ? [] : [ahead(id, before)]),
  ];
  const within = [eq(table.organizationId, organizationId), ...betweenCursors(sql`${table.id}`)];
  const read = (conditions: SQL[], limit = values.limit) =>
    db
      .select(columnsOf(table, list))
      .from(table as PgTable)
      .where(and(...within, ...conditions))
      .orderBy(order(table.id))
      .limit(limit);
  return { order, within, betweenCursors, read };
}

export const isAtAnEnd = ({ after, before }: Page<unknown>) => after === null && before === null;

/** All pages between the ends share one way: what it depends on is the share of the rows that match. */
export function wayKeyOf(
  table: ListTable,
  { organizationId, filter, page }: Pick<List, 'organizationId' | 'filter'> & { page: Page<unknown> },
  order: unknown[],
): string {
  const key = [getTableName(table), organizationId, order, page.forward, isAtAnEnd(page), filter];
  return createHash('sha256').update(canonicalKey(key)).digest('base64');
}

export const isAlone = ({ all, choices, scattered, rest }: Conditions): boolean =>
  all.length + choices.length + rest.length === 0 && scattered.length === 1;

/** The id of the row after so many of the list, whatever its conditions; null if fewer are left. */
export async function idAfter(db: Db, table: ListTable, list: List, rows: number): Promise<string | null> {
  const { order, within } = listOf(db, table, list, valuesOf(list));
  const [row] = await startNow(
    db
      .select({ id: table.id })
      .from(table as PgTable)
      .where(and(...within))
      .orderBy(order(table.id))
      .limit(1)
      .offset(rows),
  );
  return (row?.id as string | undefined) ?? null;
}

type Rows = Record<string, unknown>[];
interface Prepared {
  execute(values: Record<string, unknown>): Promise<Rows>;
}

const statementsOf = onceFor((_: Db) => onceFor((_columns: object) => new Map<string, Prepared>()));
const ALL_COLUMNS = {};

/** `name` identifies the conditions, which may contain one placeholder, `value`. */
export function prepared(
  db: Db,
  table: ListTable,
  list: List,
  name: string,
  value: unknown,
  write: (placeholders: ListValues) => { prepare(name: string): Prepared },
): Promise<Rows> {
  const { forward, after, before } = list.page;
  const direction = [forward, list.oldestFirst, after !== null, before !== null];
  const form = [getTableName(table), name, list.columns?.name, ...direction].join();
  const cached = statementsOf(db)(list.columns ?? ALL_COLUMNS);
  let statement = cached.get(form);
  if (statement === undefined) {
    statement = write({
      organizationId: unseen('organizationId', 'uuid'),
      after: after === null ? null : unseen('after', 'uuid'),
      before: before === null ? null : unseen('before', 'uuid'),
      limit: asLimit(unseen('limit', 'int')),
    }).prepare(`list ${getTableName(table)} ${name}`);
    cached.set(form, statement);
  }
  return statement.execute({ ...valuesOf(list), value });
}
