import { and, asc, desc, eq, isNotNull, isNull, type SQL, sql } from 'drizzle-orm';
import { unionAll } from 'drizzle-orm/pg-core';
import { type Account, startNow } from '../../db/connection/account.js';
import type { Db } from '../../db/database.js';
import { whole } from '../../db/lists/conditions.js';
import { countOf, listById } from '../../db/lists/list.js';
import { sharedQuestion } from '../../db/loading/shared-read.js';
import { ALL_COLUMNS, type CallColumns, type ShownCall } from '../../db/tables/call-columns.js';
import { calls } from '../../db/tables/calls.js';
import type { Page } from '../../foundation/page.js';
import { callConditions } from './call-filter.queries.js';
import type { CallFilter, CallOrder, CallPosition } from './call-filter.values.js';

export interface CallList {
  filter: CallFilter;
  order: CallOrder;
}

interface CallPage extends CallList {
  page: Page<CallPosition>;
  columns: string;
}

/** The union needs the column's name; there Drizzle knows only the field's. */
const VALUES = {
  STARTED_AT: { column: calls.startedAt, name: sql.identifier('started_at'), nullable: true },
  UPDATED_AT: { column: calls.updatedAt, name: sql.identifier('updated_at'), nullable: false },
  DURATION: { column: calls.duration, name: sql.identifier('duration'), nullable: true },
};
type ValueField = keyof typeof VALUES;

export function callListQueries(db: Db) {
  const readPage = sharedQuestion((organizationId, question: CallPage, columns: CallColumns) =>
    listed(db, organizationId, question, columns),
  );
  return {
    page: (account: Account, list: CallList, page: Page<CallPosition>, columns = ALL_COLUMNS) =>
      readPage(account, { ...list, page, columns: columns.name }, columns),

    count: (organizationId: string, filter: CallFilter) =>
      countOf(db, calls, organizationId, callConditions(organizationId, filter)),
  };
}

function listed(
  db: Db,
  organizationId: string,
  { filter, order, page }: CallPage,
  columns: CallColumns,
): Promise<ShownCall[]> {
  const { field, direction } = order;
  if (field !== 'CREATED_AT') return listByValue(db, organizationId, filter, field, direction, page, columns);
  const byId = { ...page, after: page.after?.id ?? null, before: page.before?.id ?? null };
  const conditions = callConditions(organizationId, filter);
  return listById<typeof calls, ShownCall>(db, calls, {
    organizationId,
    filter,
    conditions,
    columns,
    page: byId,
    oldestFirst: direction === 'ASC',
  });
}

/**
 * Calls without a value come last in both directions, unlike in an index read backwards. So calls with and without one
 * are read separately and merged.
 */
async function listByValue(
  db: Db,
  organizationId: string,
  filter: CallFilter,
  field: ValueField,
  direction: CallOrder['direction'],
  { limit, forward, after, before }: Page<CallPosition>,
  { columns }: CallColumns,
): Promise<ShownCall[]> {
  const { column, name, nullable } = VALUES[field];
  const isDescending = (direction === 'DESC') === forward;
  const order = isDescending ? desc : asc;
  const [isAfter, isBefore] = direction === 'DESC' ? [sql`<`, sql`>`] : [sql`>`, sql`<`];
  const conditions = whole(callConditions(organizationId, filter));
  const read = (...part: (SQL | undefined)[]) =>
    db
      .select(columns)
      .from(calls)
      .where(and(eq(calls.organizationId, organizationId), conditions, ...part))
      .orderBy(order(column), order(calls.id))
      .limit(limit + 1);
  const position = (comparison: SQL, at: CallPosition | null) => {
    if (at === null) return undefined;
    return at.value === null
      ? sql`${calls.id} ${comparison} ${at.id}`
      : sql`(${column}, ${calls.id}) ${comparison} (${at.value}, ${at.id})`;
  };
  const hasNoValue = (at: CallPosition | null) => at !== null && at.value === null;
  const hasValue = (at: CallPosition | null) => at !== null && at.value !== null;

  const withValue = () =>
    read(
      nullable ? isNotNull(column) : undefined,
      position(isAfter, after),
      hasNoValue(before) ? undefined : position(isBefore, before),
    );
  const withoutValue = () =>
    read(isNull(column), hasValue(after) ? undefined : position(isAfter, after), position(isBefore, before));
  const startsWithoutValue = hasNoValue(after);
  if (!nullable || hasValue(before)) return startsWithoutValue ? [] : startNow(withValue());
  if (startsWithoutValue) return startNow(withoutValue());
  const nulls = forward ? sql`last` : sql`first`;
  const both = unionAll(withValue(), withoutValue())
    .orderBy(sql`${name} ${isDescending ? sql`desc` : sql`asc`} nulls ${nulls}`, order(calls.id))
    .limit(limit + 1);
  return startNow(both);
}
