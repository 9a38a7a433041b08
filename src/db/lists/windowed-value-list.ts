import { and, eq, type SQL, sql } from 'drizzle-orm';
import type { PgTable } from 'drizzle-orm/pg-core';
import { LRUCache } from 'lru-cache';
import { currentAccount, runFor, startNow } from '../connection/account.js';
import type { Db } from '../database.js';
import { bounded } from './bounded.js';
import type { IdRange } from './conditions.js';
import { type ListTable, wayKeyOf } from './list-statement.js';
import { type ValueList, valueOrder, valueRange, valueStatement } from './value-list.js';
import { endOf, FIRST, nextWindow, sizeOf } from './windowed-list.js';

/** What would need more is rare enough to be sorted whole. */
const MOST = 32_000;

/** Of a list of so many rows, the window is no faster than to sort all that is found: by the share that is found. */
const worthwhile = (rows: number, found: number) => Math.min(5 * (rows / found) ** 2, 256_000);

/** As of windowedList. */
const sizes = new LRUCache<string, number>({ max: 1_000, ttl: 60_000 });

export interface WindowedValueList extends ValueList {
  filter: object;
  /** The name of its value. */
  orderedBy: string;
  /** As in Scattered. */
  idsWithin(ids: IdRange): SQL;
}

/**
 * windowedList in the order of a value that follows the creation of rows: the ids of a window's rows are then near each
 * other, and its lowest or highest one bounds what the index has to look at. Where they are not, it takes longer.
 */
export async function windowedListByValue<Row>(
  db: Db,
  table: ListTable,
  list: WindowedValueList,
): Promise<Row[]> {
  const account = currentAccount();
  const { limit } = list.page;
  const key = wayKeyOf(table, list, [list.orderedBy, list.direction, limit]);
  const read = async (ids: SQL) =>
    (await runFor(account, () => startNow<unknown>(pageOf(db, table, list, ids)))) as Row[];
  for (let rows = sizes.get(key) ?? FIRST; rows <= MOST; ) {
    const window = idsOfWindow(db, table, list, rows);
    if (window === null) return [];
    const found = await read(window);
    if (found.length > limit) return found;
    const next = nextWindow(rows, found.length, limit + 1);
    const least = sizeOf(worthwhile(rows, found.length));
    const isShort = next <= MOST && (await runFor(account, () => isShorter(db, table, list, least)));
    rows = isShort ? Number.POSITIVE_INFINITY : next;
    sizes.set(key, rows);
  }
  return (await runFor(account, () =>
    bounded<unknown>(list.filter, () => pageOf(db, table, list, idsOfAll(table, list))),
  )) as Row[];
}

/** Whether the organization has fewer rows than these. */
async function isShorter(
  db: Db,
  table: ListTable,
  { organizationId }: ValueList,
  rows: number,
): Promise<boolean> {
  const conditions = { always: [], all: [], choices: [], scattered: [], rest: [] };
  const page = { limit: 1, forward: true, after: null, before: null };
  return (await endOf(db, table, { organizationId, filter: {}, conditions, page }, rows)) === null;
}

/** The ids of the page, of those that are found among the next so many rows; null if there are none. */
function idsOfWindow(db: Db, table: ListTable, list: WindowedValueList, rows: number): SQL | null {
  const { page, direction, idsWithin } = list;
  const walked = valueStatement(db, table, {
    ...list,
    columns: { id: table.id, value: sql`${list.value.of}`.as('value') },
    value: { ...list.value, name: sql`value` },
    page: { ...page, limit: rows - 1 },
  });
  if (walked === null) return null;
  // GIN looks at all ids up to a bound, or from it on: not at both ends of a range.
  const isDescending = (direction === 'DESC') === page.forward;
  const found = isDescending
    ? idsWithin({ from: sql`(select id from walked order by id limit 1)` })
    : idsWithin({ to: sql`(select id from walked order by id desc limit 1)` });
  return sql`with walked as materialized ${walked}
    select id from walked where id in (${found} offset 0) ${inOrder(list)}`;
}

/** Sorted without the other columns. */
function idsOfAll(table: ListTable, list: WindowedValueList): SQL {
  const { organizationId, conditions, value, idsWithin } = list;
  return sql`select id from (
    select ${table.id}, ${value.of} as value from ${table} where ${and(
      eq(table.organizationId, organizationId),
      conditions,
      sql`${table.id} = any(array(${idsWithin({})}))`,
      ...valueRange(value, table.id, list),
    )} offset 0
  ) found ${inOrder(list)}`;
}

const inOrder = (list: WindowedValueList): SQL =>
  sql`order by ${sql.join(valueOrder({ of: sql`value` }, sql`id`, list), sql`, `)} limit ${list.page.limit + 1}`;

function pageOf(db: Db, table: ListTable, list: WindowedValueList, ids: SQL) {
  const { organizationId, columns, value } = list;
  return db
    .select(columns)
    .from(table as PgTable)
    .where(and(eq(table.organizationId, organizationId), sql`${table.id} = any(array(${ids}))`))
    .orderBy(...valueOrder(value, table.id, list));
}
