import { and, asc, desc, eq, isNotNull, isNull, type SQL, sql } from 'drizzle-orm';
import { type AnyPgColumn, type PgTable, unionAll } from 'drizzle-orm/pg-core';
import type { Page } from '../../foundation/page.js';
import { startNow } from '../connection/account.js';
import type { Db } from '../database.js';
import { bounded, isFiltered } from './bounded.js';
import type { ListTable } from './list-statement.js';

export interface ValuePosition {
  /** As text; null for a row without one. */
  value?: string | null;
  id: string;
}

export interface Value {
  of: AnyPgColumn | SQL;
  /** Of its column, which a union needs; there Drizzle knows only the field's. */
  name: SQL;
  nullable: boolean;
}

export interface ValueList {
  organizationId: string;
  conditions: SQL | undefined;
  columns: Record<string, AnyPgColumn | SQL.Aliased>;
  value: Value;
  direction: 'ASC' | 'DESC';
  page: Page<ValuePosition>;
}

/**
 * Rows without a value come last in both directions, unlike in an index read backwards. So rows with and without one
 * are read separately and merged.
 */
export async function listByValue<Row>(
  db: Db,
  table: ListTable,
  list: ValueList & { filter: object },
): Promise<Row[]> {
  const query = valueStatement(db, table, list);
  if (query === null) return [];
  const rows = isFiltered(list.filter)
    ? bounded<unknown>(list.filter, () => query)
    : startNow<unknown>(query);
  return (await rows) as Row[];
}

/** Null if there is nothing to read. */
export function valueStatement(db: Db, table: ListTable, list: ValueList) {
  const { organizationId, conditions, columns, direction } = list;
  const { of: value, name, nullable } = list.value;
  const { limit, forward, after, before } = list.page;
  const isDescending = (direction === 'DESC') === forward;
  const order = isDescending ? desc : asc;
  const [isAfter, isBefore] = direction === 'DESC' ? [sql`<`, sql`>`] : [sql`>`, sql`<`];
  const read = (...part: (SQL | undefined)[]) =>
    db
      .select(columns)
      .from(table as PgTable)
      .where(and(eq(table.organizationId, organizationId), conditions, ...part))
      .orderBy(order(value), order(table.id))
      .limit(limit + 1);
  const position = (comparison: SQL, at: ValuePosition | null) => {
    if (at === null) return undefined;
    return at.value === null
      ? sql`${table.id} ${comparison} ${at.id}`
      : sql`(${value}, ${table.id}) ${comparison} (${at.value}, ${at.id})`;
  };
  const hasNoValue = (at: ValuePosition | null) => at !== null && at.value === null;
  const hasValue = (at: ValuePosition | null) => at !== null && at.value !== null;

  const withValue = () =>
    read(
      nullable ? isNotNull(value) : undefined,
      position(isAfter, after),
      hasNoValue(before) ? undefined : position(isBefore, before),
    );
  const withoutValue = () =>
    read(isNull(value), hasValue(after) ? undefined : position(isAfter, after), position(isBefore, before));
  const startsWithoutValue = hasNoValue(after);
  if (!nullable || hasValue(before)) return startsWithoutValue ? null : withValue();
  if (startsWithoutValue) return withoutValue();
  const nulls = forward ? sql`last` : sql`first`;
  return unionAll(withValue(), withoutValue())
    .orderBy(sql`${name} ${isDescending ? sql`desc` : sql`asc`} nulls ${nulls}`, order(table.id))
    .limit(limit + 1);
}

/** In the same order, for lists that are sorted: no index serves it. */
export function valueOrder(
  { of: value }: Pick<Value, 'of'>,
  id: AnyPgColumn | SQL,
  { direction, page }: Pick<ValueList, 'direction' | 'page'>,
) {
  const isDescending = (direction === 'DESC') === page.forward;
  const way = isDescending ? sql`desc` : sql`asc`;
  const nulls = page.forward ? sql`last` : sql`first`;
  return [sql`${value} ${way} nulls ${nulls}`, sql`${id} ${way}`];
}

export function valueRange(
  { of: value }: Pick<Value, 'of'>,
  id: AnyPgColumn | SQL,
  { direction, page }: Pick<ValueList, 'direction' | 'page'>,
): SQL[] {
  const [behind, ahead] = direction === 'DESC' ? [sql`<`, sql`>`] : [sql`>`, sql`<`];
  const { after, before } = page;
  const past = (at: ValuePosition) =>
    at.value === null
      ? sql`(${value} is null and ${id} ${behind} ${at.id})`
      : sql`(${value} is null or (${value}, ${id}) ${behind} (${at.value}, ${at.id}))`;
  const beyond = (at: ValuePosition) =>
    at.value === null
      ? sql`(${value} is not null or ${id} ${ahead} ${at.id})`
      : sql`(${value}, ${id}) ${ahead} (${at.value}, ${at.id})`;
  return [...(after === null ? [] : [past(after)]), ...(before === null ? [] : [beyond(before)])];
}
