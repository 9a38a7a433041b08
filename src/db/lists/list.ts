import { type InferSelectModel, sql } from 'drizzle-orm';
import { startNow } from '../connection/account.js';
import type { Db } from '../database.js';
import { bounded, isOneCondition } from './bounded.js';
import { textArray } from './conditions.js';
import { type List, type ListTable, listOf, prepared, valuesOf } from './list-statement.js';
import { scatteredList } from './scattered-list.js';
import { windowedList } from './windowed-list.js';

/**
 * By UUIDv7 id (creation order), newest first unless `oldestFirst`. Prepared only if one plan suits all values: else a
 * generic plan is slower by orders of magnitude.
 */
export async function listById<T extends ListTable, Row = InferSelectModel<T>>(
  db: Db,
  table: T,
  list: List,
): Promise<Row[]> {
  const { all, choices, scattered, rest } = list.conditions;
  const isFiltered = all.length + choices.length + rest.length > 0;
  const isWindowed = scattered.some(({ idsWithin }) => idsWithin !== undefined);
  const read = isWindowed
    ? windowedList
    : scattered.length > 0
      ? scatteredList
      : isFiltered
        ? filteredList
        : wholeList;
  return (await startNow<unknown>(read(db, table, list))) as Row[];
}

function wholeList(db: Db, table: ListTable, list: List) {
  return prepared(db, table, list, 'whole', null, (values) =>
    listOf(db, table, list, values).read(list.conditions.always),
  );
}

/** Each value is read separately and stops at the limit; one scan for all would have to sort. */
function filteredList(db: Db, table: ListTable, list: List) {
  const { order, read } = listOf(db, table, list, valuesOf(list));
  const { always, all, choices, rest } = list.conditions;
  const several = choices.find(({ values }) => values.length > 1);
  const others = choices.filter((each) => each !== several).map(({ any }) => any);
  const conditions = [...always, ...all, ...others, ...rest];
  const isServed = rest.length === 0 && isOneCondition(list.filter);
  const run = <T>(statement: PromiseLike<T>) =>
    isServed ? statement : bounded(list.filter, () => statement);
  if (several === undefined) return run(read(conditions));
  const each = read([...conditions, several.is(sql`wanted.value`)]).as('page');
  return run(
    db
      .select(each._.selectedFields)
      .from(sql`unnest(${textArray(several.values)}) wanted(value)`)
      .crossJoinLateral(each)
      .orderBy(order(sql`page.id`))
      .limit(list.page.limit + 1),
  );
}
