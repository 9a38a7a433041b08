import { and, getTableName, type SQL, sql } from 'drizzle-orm';
import { LRUCache } from 'lru-cache';
import { currentAccount, runFor, startNow } from '../connection/account.js';
import type { Db } from '../database.js';
import type { IdRange } from './conditions.js';
import { idAfter, type List, type ListTable, listOf, valuesOf } from './list-statement.js';

/** How many rows each but the last looks at. A word that fills no page among so many is rare enough for the next. */
const WINDOWS = [1_000, 10_000, 50_000];

/** By chance a window may have fewer than its share. */
const MARGIN = 2;

/** Where the windows of an organization's first pages end. It may be old: then they are a little larger. */
const ends = new LRUCache<string, { id: string | null }>({ max: 3_000, ttl: 300_000 });

/**
 * For a condition whose index finds all matches or those of a range of ids, but not the first ones: of a common word it
 * would check hundreds of thousands for one page. So it looks at the beginning of the list, and then at more and more.
 */
export async function windowedList(db: Db, table: ListTable, list: List): Promise<unknown> {
  const account = currentAccount();
  for (const [index, rows] of WINDOWS.entries()) {
    const end = await runFor(account, () => endOf(db, table, list, rows));
    const found = await runFor(account, () => startNow(within(db, table, list, end)));
    if (end === null || found.length > list.page.limit) return found;
    const growth = (WINDOWS[index + 1] ?? 0) / rows;
    // So few that the next window would not fill the page; none at all may only mean that all are older.
    if (found.length > 0 && found.length * growth * MARGIN <= list.page.limit) break;
  }
  return runFor(account, () => startNow(within(db, table, list, null)));
}

/** Null if fewer rows are left. */
async function endOf(db: Db, table: ListTable, list: List, rows: number): Promise<string | null> {
  const { organizationId, page, oldestFirst = false } = list;
  const isFirst = page.after === null && page.before === null;
  const key = [getTableName(table), organizationId, rows, page.forward === oldestFirst].join();
  const known = isFirst ? ends.get(key) : undefined;
  if (known !== undefined) return known.id;
  const id = await idAfter(db, table, list, rows);
  if (isFirst) ends.set(key, { id });
  return id;
}

function within(db: Db, table: ListTable, list: List, end: string | null) {
  const { within: range, read } = listOf(db, table, list, valuesOf(list));
  const { all, choices, scattered, rest } = list.conditions;
  const isAscending = list.page.forward === (list.oldestFirst ?? false);
  const ids = idsOf(list, end, isAscending);
  const [only] = scattered;
  const isAlone = all.length + choices.length + rest.length === 0 && scattered.length === 1;
  const found =
    isAlone && only?.idsWithin
      ? only.idsWithin(ids)
      : sql`select ${table.id} from ${table} where ${and(...range, ...conditionsOf(table, list, ids, end === null))}`;
  const { after, before } = list.page;
  const [behind, ahead] = list.oldestFirst ? [sql`>`, sql`<`] : [sql`<`, sql`>`];
  const listed = [
    ...(after === null ? [] : [sql`id ${behind} ${after}`]),
    ...(before === null ? [] : [sql`id ${ahead} ${before}`]),
  ];
  // The OFFSET 0 fence keeps the planner from a walk.
  return read([
    sql`${table.id} in (
      select distinct id from (${found} offset 0) found (id) where ${and(sql`true`, ...listed)}
      order by id ${isAscending ? sql`asc` : sql`desc`} limit ${list.page.limit + 1})`,
  ]);
}

/** Between the cursors, so that a later page does not check what the pages before it have shown. */
function idsOf({ page, oldestFirst }: List, end: string | null, isAscending: boolean): IdRange {
  const [low, high] = oldestFirst ? [page.after, page.before] : [page.before, page.after];
  const from = isAscending ? low : (end ?? low);
  const to = isAscending ? (end ?? high) : high;
  return { ...(from !== null && { from }), ...(to !== null && { to }) };
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
