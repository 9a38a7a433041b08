import { and, getTableName, type SQL, sql } from 'drizzle-orm';
import { LRUCache } from 'lru-cache';
import { currentAccount, runFor, startNow } from '../connection/account.js';
import type { Db } from '../database.js';
import { bounded } from './bounded.js';
import type { IdRange } from './conditions.js';
import {
  idAfter,
  isAlone,
  isAtAnEnd,
  type List,
  type ListTable,
  listOf,
  valuesOf,
  wayKeyOf,
} from './list-statement.js';

/** How many rows the first window has, and the second if the first found nothing. Others have as many times two. */
export const FIRST = 1_000;
const SECOND = 16_000;
/** What would need more is rare enough to be found in the whole index at once. */
const MOST = 256_000;

/** By chance a window may have fewer than its share. */
const MARGIN = 1.2;

/** How many rows the last page of a search needed, so that the next begins with as many. */
const sizes = new LRUCache<string, number>({ max: 1_000, ttl: 60_000 });

/** Where the windows of an organization's first pages end. It may be old: then they are a little larger. */
const ends = new LRUCache<string, { id: string | null }>({ max: 3_000, ttl: 300_000 });

/**
 * For a condition whose index finds all matches or those of a range of ids, but not the first ones: of a common word it
 * would check hundreds of thousands for one page. So it looks at the beginning of the list, and then at more and more.
 */
export async function windowedList(db: Db, table: ListTable, list: List): Promise<unknown> {
  const account = currentAccount();
  const { limit } = list.page;
  const key = wayKeyOf(table, list, [list.oldestFirst, limit]);
  for (let size = sizes.get(key) ?? FIRST; size <= MOST; ) {
    const rows = size;
    const end = await runFor(account, () => endOf(db, table, list, rows));
    const found = await runFor(account, () => startNow(within(db, table, list, end)));
    if (end === null || found.length > limit) return found;
    size = nextWindow(rows, found.length, limit + 1);
    sizes.set(key, size);
  }
  return runFor(account, () => bounded(list.filter, () => within(db, table, list, null)));
}

/** As many rows as should fill the page, if the others have as many matches as these. */
export function nextWindow(rows: number, found: number, wanted: number): number {
  // None at all may only mean that all are older.
  if (found === 0) return rows < SECOND ? SECOND : Number.POSITIVE_INFINITY;
  return sizeOf(Math.max((rows * wanted * MARGIN) / found, 2 * rows));
}

/** So that few sizes are known. */
export const sizeOf = (rows: number): number => FIRST * 2 ** Math.ceil(Math.log2(rows / FIRST));

/** Null if fewer rows are left. */
export async function endOf(db: Db, table: ListTable, list: List, rows: number): Promise<string | null> {
  const { organizationId, page, oldestFirst = false } = list;
  const isFirst = isAtAnEnd(page);
  const key = [getTableName(table), organizationId, rows, page.forward === oldestFirst].join();
  const known = isFirst ? ends.get(key) : undefined;
  if (known !== undefined) return known.id;
  const id = await idAfter(db, table, list, rows);
  if (isFirst) ends.set(key, { id });
  return id;
}

function within(db: Db, table: ListTable, list: List, end: string | null) {
  const { order, within: range, betweenCursors, read } = listOf(db, table, list, valuesOf(list));
  const isAscending = list.page.forward === (list.oldestFirst ?? false);
  const ids = idsOf(list, end, isAscending);
  const [only] = list.conditions.scattered;
  const found =
    isAlone(list.conditions) && only?.idsWithin
      ? only.idsWithin(ids)
      : sql`select ${table.id} from ${table} where ${and(...range, ...conditionsOf(table, list, ids, end === null))}`;
  // The OFFSET 0 fence keeps the planner from a walk.
  return read([
    sql`${table.id} in (
      select distinct id from (${found} offset 0) found (id) where ${and(sql`true`, ...betweenCursors(sql`id`))}
      order by ${order(sql`id`)} limit ${list.page.limit + 1})`,
  ]);
}

/** Between the cursors, so that a later page does not check what the pages before it have shown. */
function idsOf({ page, oldestFirst }: List, end: string | null, isAscending: boolean): IdRange {
  const [low, high] = oldestFirst ? [page.after, page.before] : [page.before, page.after];
  const from = isAscending ? low : (end ?? low);
  const to = isAscending ? (end ?? high) : high;
  // Most pages are near the beginning of their list.
  const nearest = oldestFirst ? ('to' as const) : ('from' as const);
  return { ...(from !== null && { from }), ...(to !== null && { to }), nearest };
}

function conditionsOf(table: ListTable, { conditions }: List, ids: IdRange, isWhole: boolean): SQL[] {
  const { always, all, choices, scattered, rest } = conditions;
  return [
    ...[...always, ...all, ...choices.map(({ any }) => any), ...rest],
    ...(ids.from === undefined ? [] : [sql`${table.id} >= ${ids.from}`]),
    ...(ids.to === undefined ? [] : [sql`${table.id} <= ${ids.to}`]),
    ...scattered.map(({ idsWithin, indexed, plain }) =>
      idsWithin ? sql`${table.id} in (${idsWithin(ids)})` : isWhole ? indexed : plain,
    ),
  ];
}
