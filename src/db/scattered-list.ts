import { and, getTableName, type SQL, type SQLWrapper, sql } from 'drizzle-orm';
import { LRUCache } from 'lru-cache';
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
  const question = isFirst(list.page) ? questionOf(table, list) : null;
  const known = question === null ? undefined : ways.get(question);
  const way = known ?? (await betterWay(db, table, list));
  if (known === undefined && question !== null) ways.set(question, way);
  if (way === 'SORT') return sorted(db, table, list);
  const met = await walk(db, table, list);
  if (met.length > list.page.limit) return met;
  if (question !== null) ways.set(question, 'SORT');
  return sorted(db, table, list);
}

/** The beginning of a list, or its end: where the matches lie there says nothing of the pages between. */
const isFirst = ({ after, before }: Page) => after === null && before === null;

const questionOf = (table: ListTable, { organizationId, asked, page, oldestFirst }: List) =>
  [getTableName(table), organizationId, page.forward, oldestFirst, JSON.stringify(asked)].join(' ');

async function betterWay(db: Db, table: ListTable, list: List): Promise<Way> {
  const { read } = listOf(db, table, list, valuesOf(list));
  const { walked, looked, indexed } = partsOf(list);
  const walking = read([...walked, ...looked, ...indexed]);
  const [walk, sort] = await Promise.all([explain(db, walking), explain(db, sorted(db, table, list))]);
  return walk.isSorted || sort.cost < walk.cost ? 'SORT' : 'WALK';
}

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
async function walk(db: Db, table: ListTable, list: List) {
  const { all, choices, scattered, rest } = list.conditions;
  const [only] = scattered;
  const isAlone = all.length + choices.length + rest.length === 0 && scattered.length === 1;
  if (!isAlone || only === undefined || only.fixed === null) {
    const conditions = scattered.map((each) => each.plain);
    return walkThrough(db, table, list, valuesOf(list), conditions);
  }
  const { name, of, value } = only.fixed;
  return prepared(db, table, list, name, value, (places) =>
    walkThrough(db, table, list, places, [of(sql.placeholder('value'))]),
  );
}

function walkThrough(db: Db, table: ListTable, list: List, values: ListValues, conditions: SQL[]) {
  // The walk has all columns, for the conditions may look at any of them.
  const { order, read } = listOf(db, table, { ...list, columns: undefined }, values);
  const { walked, looked } = partsOf(list);
  // By the name of the table, by which the conditions call it.
  const name = sql.identifier(getTableName(table));
  return db
    .select(columnsLike(table, columnsOf(table, list)))
    .from(sql`${read(walked, MOST_PASSED)} ${name}`)
    .where(and(...looked, ...conditions))
    .orderBy(order(sql`${name}.id`))
    .limit(values.most);
}

interface Plan {
  /** In the planner's own unit. */
  cost: number;
  /** Whether rows are read in another order and sorted. */
  isSorted: boolean;
}

/** How Postgres would run a query. */
async function explain(db: Db, query: SQLWrapper): Promise<Plan> {
  const [row] = await db.execute<{ 'QUERY PLAN': unknown }>(sql`explain (format json) ${query}`);
  const given = row?.['QUERY PLAN'];
  const text = typeof given === 'string' ? given : JSON.stringify(given);
  const [{ Plan: plan }] = JSON.parse(text) as [{ Plan: { 'Total Cost': number } }];
  return { cost: plan['Total Cost'], isSorted: text.includes('Sort Key') };
}
