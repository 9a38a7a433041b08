import {
  and,
  asc,
  count,
  desc,
  eq,
  getTableColumns,
  gt,
  type InferSelectModel,
  lt,
  type SQL,
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
  // The columns are the table's own, which Drizzle cannot see through the type parameter.
  return (await statement(db, table, list)) as InferSelectModel<T>[];
}

/**
 * A choice of several values is read value by value and merged, so that each walks its index in the order of the list
 * and stops at the limit; one scan for all of them would have to sort.
 */
function statement(db: Db, table: ListTable, { organizationId, conditions, page, oldestFirst }: List) {
  const { limit, forward, after, before } = page;
  const order = forward === (oldestFirst ?? false) ? asc : desc;
  const [behind, ahead] = oldestFirst ? [gt, lt] : [lt, gt];
  const { all, choices } = conditions;
  const merged = choices.find(({ values }) => values.length > 1);
  const read = (...more: SQL[]) =>
    db
      .select(getTableColumns(table))
      .from(table as PgTable)
      .where(
        and(
          eq(table.organizationId, organizationId),
          after === null ? undefined : behind(table.id, after),
          before === null ? undefined : ahead(table.id, before),
          ...all,
          ...choices.filter((each) => each !== merged).map(({ any }) => any),
          ...more,
        ),
      )
      .orderBy(order(table.id))
      .limit(limit + 1);
  if (merged === undefined) return read();
  const each = read(merged.is(sql`wanted.value`)).as('page');
  return db
    .select(each._.selectedFields)
    .from(sql`unnest(${textArray(merged.values)}) wanted(value)`)
    .crossJoinLateral(each)
    .orderBy(order(sql`page.id`))
    .limit(limit + 1);
}

/** How many rows there are on all pages together. */
export function countOf(db: Db, table: ListTable, organizationId: string, conditions: Conditions) {
  return db
    .select({ total: count() })
    .from(table as PgTable)
    .where(and(eq(table.organizationId, organizationId), whole(conditions)));
}
