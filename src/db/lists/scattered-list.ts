import { and, eq, getTableColumns, getTableName, type SQL, sql } from 'drizzle-orm';
import type { AnyPgColumn } from 'drizzle-orm/pg-core';
import { LRUCache } from 'lru-cache';
import { currentAccount, runFor } from '../connection/account.js';
import type { Db } from '../database.js';
import { columnsLike } from '../insert-rows.js';
import { bounded } from './bounded.js';
import {
  asLimit,
  columnsOf,
  idAfter,
  isAlone,
  isAtAnEnd,
  type List,
  type ListTable,
  type ListValues,
  listOf,
  prepared,
  valuesOf,
  wayKeyOf,
} from './list-statement.js';
import { planOf } from './plan.js';

const MAX_SKIPPED = 8_000;

/** What a walk looks at first, to see whether it is worth going on. */
const SAMPLE = 1_000;

const MIN_ADVANTAGE = 2;

type Strategy = 'WALK' | 'SORT';

/** Saves EXPLAINs. At worst, a stale strategy walks to its limit for nothing. */
const strategies = new LRUCache<string, Strategy>({ max: 1_000, ttl: 60_000 });

/**
 * Postgres assumes that matching rows are spread evenly and walks the list; if all lie far in the past, it would scan
 * everything newer. So the walk is limited, and ends early where its beginning has too few; then the condition's own
 * index is used.
 */
export async function scatteredList(db: Db, table: ListTable, list: List) {
  const account = currentAccount();
  const sort = () => runFor(account, () => bounded(list.filter, () => sorted(db, table, list)));
  const cacheKey = wayKeyOf(table, list, [list.oldestFirst]);
  const cached = strategies.get(cacheKey);
  const strategy = cached ?? (await chooseStrategy(db, table, list));
  if (cached === undefined) strategies.set(cacheKey, strategy);
  if (strategy === 'SORT') {
    const rows = await sort();
    const last = rows[list.page.limit - 1];
    if (cached === undefined && last !== undefined && isAtAnEnd(list.page)) {
      const isNear = await runFor(account, () => isWithinAWalk(db, table, list, last.id as string));
      if (isNear) strategies.set(cacheKey, 'WALK');
    }
    return rows;
  }
  for (const length of [SAMPLE, MAX_SKIPPED]) {
    const rows = await runFor(account, () => walk(db, table, list, length));
    if (rows.length > list.page.limit) return rows;
    if (rows.length * (MAX_SKIPPED / length) <= list.page.limit) break;
  }
  // Between the ends, the list's last page does not say how the others are found.
  if (isAtAnEnd(list.page)) strategies.set(cacheKey, 'SORT');
  return sort();
}

/** Prefers the walk: the planner estimates from a sample and is easily off by half. */
async function chooseStrategy(db: Db, table: ListTable, list: List): Promise<Strategy> {
  const [walk, sort] = await Promise.all([
    planOf(db, walkThrough(db, table, list, valuesOf(list), plainOf(list), MAX_SKIPPED)),
    planOf(db, sorted(db, table, list)),
  ]);
  return sort.cost * MIN_ADVANTAGE < walk.cost ? 'SORT' : 'WALK';
}

/** The planner takes a condition that few of its sample have for one that almost no row has. */
async function isWithinAWalk(db: Db, table: ListTable, list: List, last: string): Promise<boolean> {
  const end = await idAfter(db, table, list, MAX_SKIPPED);
  if (end === null) return true;
  return list.page.forward === (list.oldestFirst ?? false) ? last <= end : last >= end;
}

const plainOf = ({ conditions: { scattered } }: List) => scattered.map((each) => each.plain);

function splitConditions({ conditions: { always, all, choices, scattered, rest } }: List) {
  const single = choices.filter(({ values }) => values.length === 1).map(({ any }) => any);
  const several = choices.filter(({ values }) => values.length !== 1).map(({ any }) => any);
  const indexed = scattered.map((each) => each.indexed);
  return { driving: [...always, ...all, ...single], checked: [...several, ...rest], indexed };
}

/** The OFFSET 0 fences keep the planner from a walk. */
function sorted(db: Db, table: ListTable, list: List) {
  const { order, within, read } = listOf(db, table, list, valuesOf(list));
  const { driving, checked, indexed } = splitConditions(list);
  const [only] = list.conditions.scattered;
  const found =
    isAlone(list.conditions) && only?.ids
      ? inOrder(db, table, list, only.ids)
      : sql`select id from (
          select ${table.id} from ${table} where ${and(...within, ...driving, ...checked, ...indexed)} offset 0
        ) found order by ${order(sql`id`)}`;
  // Of an array, Postgres takes each row by its id.
  return read([sql`${table.id} = any(array(${found} limit ${list.page.limit + 1}))`]);
}

/** Sorts the ids first, so that only the rows of the page are looked up. */
function inOrder(db: Db, table: ListTable, list: List, ids: SQL): SQL {
  const { order, betweenCursors } = listOf(db, table, list, valuesOf(list));
  const { always } = list.conditions;
  const inList = sql`cross join lateral (
      select from ${table} where ${and(
        eq(table.organizationId, list.organizationId),
        sql`${table.id} = found.id`,
        ...always,
      )} offset 0
    ) listed`;
  return sql`select found.id from (
      select distinct id from (${ids} offset 0) ids (id) where ${and(sql`true`, ...betweenCursors(sql`id`))}
      order by ${order(sql`id`)}
    ) found ${always.length === 0 ? sql`` : inList} order by ${order(sql`found.id`)}`;
}

function walk(db: Db, table: ListTable, list: List, length: number) {
  const [only] = list.conditions.scattered;
  if (!isAlone(list.conditions) || only === undefined || only.fixed === null) {
    return walkThrough(db, table, list, valuesOf(list), plainOf(list), length);
  }
  const { name, of, column, value } = only.fixed;
  return prepared(db, table, list, `${name} ${length}`, value, (placeholders) =>
    walkThrough(db, table, list, placeholders, [of(sql.placeholder('value'))], length, column),
  );
}

function walkThrough(
  db: Db,
  table: ListTable,
  list: List,
  values: ListValues,
  conditions: SQL[],
  length: number,
  only?: AnyPgColumn,
) {
  const shown = columnsOf(table, list);
  const reads = new Set([...Object.keys(shown), ...(list.columns?.reads ?? [])]);
  const columns = Object.entries(getTableColumns(table)).filter(
    ([field, column]) => only === undefined || column === only || reads.has(field),
  );
  const carried = { name: '', columns: Object.fromEntries(columns) };
  const { order, read } = listOf(db, table, { ...list, columns: carried }, values);
  const { driving, checked } = splitConditions(list);
  // The conditions refer to the subquery by the table's name.
  const name = sql.identifier(getTableName(table));
  // Every plan is to know it.
  const limit = asLimit(sql.raw(`${length}`));
  return db
    .select(columnsLike(table, shown))
    .from(sql`${read(driving, limit)} ${name}`)
    .where(and(...checked, ...conditions))
    .orderBy(order(sql`${name}.id`))
    .limit(values.limit);
}
