import { createHash } from 'node:crypto';
import { and, getTableColumns, getTableName, type SQL, type SQLWrapper, sql } from 'drizzle-orm';
import type { AnyPgColumn } from 'drizzle-orm/pg-core';
import { LRUCache } from 'lru-cache';
import { begun, begunFor, currentAccount } from './account.js';
import { canonicalKey } from './canonical-key.js';
import type { Db } from './database.js';
import { columnsLike } from './insert-rows.js';
import {
  columnsOf,
  type List,
  type ListTable,
  type ListValues,
  listOf,
  prepared,
  valuesOf,
} from './list-statement.js';
import type { Page } from './page.js';

/** How many rows a walk may pass over in vain before all rows that fulfil the conditions are read and sorted. */
const MOST_PASSED = 8_000;

/** How many times cheaper sorting must seem to be. */
const MUCH_BETTER = 2;

type Way = 'WALK' | 'SORT';

/**
 * Which way was the better one when a list was asked for lately, so that Postgres need not be asked each time. It decides
 * how rows are found, and not which: at worst a walk comes to its end in vain.
 */
const ways = new LRUCache<string, Way>({ max: 1_000, ttl: 60_000 });

/**
 * A page of a list whose conditions have indexes in other orders. Postgres takes the rows that fulfil a condition to lie
 * evenly in the list, and walks it where it expects to meet enough of them soon. Where they all lie far in the past it
 * would walk through everything before. So a walk has an end here; behind it, what the condition's own index finds is
 * read, whatever it costs.
 */
export async function scatteredList(db: Db, table: ListTable, list: List) {
  const account = currentAccount();
  const sort = () => begunFor(account, () => sorted(db, table, list));
  const question = isFirst(list.page) ? questionOf(table, list) : null;
  const known = question === null ? undefined : ways.get(question);
  const way = known ?? (await betterWay(db, table, list));
  if (known === undefined && question !== null) ways.set(question, way);
  if (way === 'SORT') return sort();
  const met = await begunFor(account, () => walk(db, table, list));
  if (met.length > list.page.limit) return met;
  if (question !== null) ways.set(question, 'SORT');
  return sort();
}

/** The beginning of a list, or its end: where the matches lie there says nothing of the pages between. */
const isFirst = ({ after, before }: Page) => after === null && before === null;

/** A digest, for a filter may be as long as a request. */
function questionOf(table: ListTable, { organizationId, asked, page, oldestFirst }: List): string {
  const question = [getTableName(table), organizationId, page.forward, oldestFirst, asked];
  return createHash('sha256').update(canonicalKey(question)).digest('base64');
}

/**
 * A walk reads rows as they lie and stops at the limit, so it is taken unless the other way promises to be much better:
 * the planner guesses at how many rows a condition finds, by a sample, and easily misses by half.
 */
async function betterWay(db: Db, table: ListTable, list: List): Promise<Way> {
  const [walk, sort] = await Promise.all([
    costOf(db, walkThrough(db, table, list, valuesOf(list), plainOf(list))),
    costOf(db, sorted(db, table, list)),
  ]);
  return sort * MUCH_BETTER < walk ? 'SORT' : 'WALK';
}

const plainOf = ({ conditions: { scattered } }: List) => scattered.map((each) => each.plain);

/** The conditions by what a walk does with them: those that lead it, and those that it looks at for each row it meets. */
function partsOf({ conditions: { always, all, choices, scattered, rest } }: List) {
  const single = choices.filter(({ values }) => values.length === 1).map(({ any }) => any);
  const several = choices.filter(({ values }) => values.length !== 1).map(({ any }) => any);
  const indexed = scattered.map((each) => each.indexed);
  return { walked: [...always, ...all, ...single], looked: [...several, ...rest], indexed };
}

/** Ids only, and behind a fence: the order and the end of the list are not to tempt the planner into a walk. */
function sorted(db: Db, table: ListTable, list: List) {
  const { order, within, read } = listOf(db, table, list, valuesOf(list));
  const { walked, looked, indexed } = partsOf(list);
  const found = sql`select id from (
    select ${table.id} from ${table} where ${and(...within, ...walked, ...looked, ...indexed)} offset 0
  ) found order by ${order(sql`id`)} limit ${list.page.limit + 1}`;
  return read([sql`${table.id} in (${found})`]);
}

/** With one condition, which it only looks at, a walk has one plan whatever the value. */
function walk(db: Db, table: ListTable, list: List) {
  const { all, choices, scattered, rest } = list.conditions;
  const [only] = scattered;
  const isAlone = all.length + choices.length + rest.length === 0 && scattered.length === 1;
  if (!isAlone || only === undefined || only.fixed === null) {
    return walkThrough(db, table, list, valuesOf(list), plainOf(list));
  }
  const { name, of, column, value } = only.fixed;
  return prepared(db, table, list, name, value, (places) =>
    walkThrough(db, table, list, places, [of(sql.placeholder('value'))], column),
  );
}

/** @param only the column that the conditions look at; else they may look at any, and the walk has all of them. */
function walkThrough(
  db: Db,
  table: ListTable,
  list: List,
  values: ListValues,
  conditions: SQL[],
  only?: AnyPgColumn,
) {
  const shown = columnsOf(table, list);
  const columns = Object.entries(getTableColumns(table)).filter(
    ([field, column]) => only === undefined || column === only || field in shown,
  );
  const carried = { name: '', columns: Object.fromEntries(columns) };
  const { order, read } = listOf(db, table, { ...list, columns: carried }, values);
  const { walked, looked } = partsOf(list);
  // By the name of the table, by which the conditions call it.
  const name = sql.identifier(getTableName(table));
  return db
    .select(columnsLike(table, shown))
    .from(sql`${read(walked, MOST_PASSED)} ${name}`)
    .where(and(...looked, ...conditions))
    .orderBy(order(sql`${name}.id`))
    .limit(values.most);
}

/** What a query costs in the planner's own unit, by its guess. */
async function costOf(db: Db, query: SQLWrapper): Promise<number> {
  const [row] = await begun(db.execute<{ 'QUERY PLAN': unknown }>(sql`explain (format json) ${query}`));
  const given = row?.['QUERY PLAN'];
  const [{ Plan: plan }] = (typeof given === 'string' ? JSON.parse(given) : given) as Explained;
  return plan['Total Cost'];
}

type Explained = [{ Plan: { 'Total Cost': number } }];
