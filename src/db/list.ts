import {
  and,
  asc,
  count,
  desc,
  eq,
  getTableColumns,
  getTableName,
  gt,
  type InferSelectModel,
  lt,
  type SQL,
  type SQLWrapper,
  sql,
} from 'drizzle-orm';
import type { AnyPgColumn, PgTable } from 'drizzle-orm/pg-core';
import { type Conditions, textArray, whole } from './conditions.js';
import type { Db } from './database.js';
import type { Page } from './page.js';

type ListTable = PgTable & { organizationId: AnyPgColumn; id: AnyPgColumn };

/** Which page of which rows is read. */
interface List {
  organizationId: string;
  conditions: Conditions;
  page: Page;
  oldestFirst?: boolean;
}

/**
 * One page of an organization's rows in the order of their UUIDv7 ids, which is the order of creation: newest first
 * unless `oldestFirst`. Not prepared: a generic plan knows nothing of the values, and is slower by orders of magnitude.
 */
export async function listById<T extends ListTable>(
  db: Db,
  table: T,
  list: List,
): Promise<InferSelectModel<T>[]> {
  const read = list.conditions.scattered.length > 0 ? scattered : merged;
  // The columns are the table's own, which Drizzle cannot see through the type parameter.
  return (await read(db, table, list)) as InferSelectModel<T>[];
}

/** The list in its direction, with no conditions but its organization and the cursors. */
function listOf(db: Db, table: ListTable, { organizationId, page, oldestFirst }: List) {
  const { limit, forward, after, before } = page;
  const order = forward === (oldestFirst ?? false) ? asc : desc;
  const [behind, ahead] = oldestFirst ? [gt, lt] : [lt, gt];
  const within = [
    eq(table.organizationId, organizationId),
    ...(after === null ? [] : [behind(table.id, after)]),
    ...(before === null ? [] : [ahead(table.id, before)]),
  ];
  const read = (conditions: SQL[], most = limit + 1) =>
    db
      .select(getTableColumns(table))
      .from(table as PgTable)
      .where(and(...within, ...conditions))
      .orderBy(order(table.id))
      .limit(most);
  return { order, within, most: limit + 1, read };
}

/**
 * A choice of several values is read value by value and merged, so that each walks its index in the order of the list
 * and stops at the limit; one scan for all of them would have to sort.
 */
function merged(db: Db, table: ListTable, list: List) {
  const { order, most, read } = listOf(db, table, list);
  const { all, choices, rest } = list.conditions;
  const several = choices.find(({ values }) => values.length > 1);
  const others = choices.filter((each) => each !== several).map(({ any }) => any);
  if (several === undefined) return read([...all, ...others, ...rest]);
  const each = read([...all, ...others, ...rest, several.is(sql`wanted.value`)]).as('page');
  return db
    .select(each._.selectedFields)
    .from(sql`unnest(${textArray(several.values)}) wanted(value)`)
    .crossJoinLateral(each)
    .orderBy(order(sql`page.id`))
    .limit(most);
}

/** How many rows a walk may pass over in vain before all rows that fulfil the conditions are read and sorted. */
const MOST_PASSED = 8_000;

/**
 * Postgres takes the rows that fulfil a condition to lie evenly in the list, and walks it where it expects to meet enough
 * of them soon. Where they all lie far in the past it would walk through everything before. So a walk has an end here;
 * behind it, what the condition's own index finds is read, whatever it costs.
 */
async function scattered(db: Db, table: ListTable, list: List) {
  const { order, within, most, read } = listOf(db, table, list);
  const { all, choices, scattered: conditions, rest } = list.conditions;
  const walked = [...all, ...choices.filter(({ values }) => values.length === 1).map(({ any }) => any)];
  const several = choices.filter(({ values }) => values.length !== 1).map(({ any }) => any);
  const indexed = [...walked, ...several, ...rest, ...conditions.map((each) => each.indexed)];
  const plain = [...several, ...rest, ...conditions.map((each) => each.plain)];
  // Ids only, and behind a fence: the order and the end of the list are not to tempt the planner into a walk.
  const found = sql`select id from (
    select ${table.id} from ${table} where ${and(...within, ...indexed)} offset 0
  ) found order by ${order(sql`id`)} limit ${most}`;
  const sorted = read([sql`${table.id} in (${found})`]);
  const [walk, sort] = await Promise.all([explain(db, read(indexed)), explain(db, sorted)]);
  if (walk.isSorted || sort.cost < walk.cost) return sorted;

  // By the name of the table, by which the conditions call it.
  const near = read(walked, MOST_PASSED).as(getTableName(table));
  const met = await db
    .select(near._.selectedFields)
    .from(near)
    .where(and(...plain))
    .orderBy(order(sql`${sql.identifier(getTableName(table))}.id`))
    .limit(most);
  return met.length === most ? met : sorted;
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

/** How many rows there are on all pages together. */
export function countOf(db: Db, table: ListTable, organizationId: string, conditions: Conditions) {
  return db
    .select({ total: count() })
    .from(table as PgTable)
    .where(and(eq(table.organizationId, organizationId), whole(conditions)));
}
