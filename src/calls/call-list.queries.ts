import { and, asc, desc, eq, isNotNull, isNull, type SQL, sql } from 'drizzle-orm';
import { unionAll } from 'drizzle-orm/pg-core';
import { type Account, begun } from '../db/account.js';
import { whole } from '../db/conditions.js';
import type { Db } from '../db/database.js';
import { countOf, listById } from '../db/list.js';
import type { Page } from '../db/page.js';
import { sharedQuestion } from '../db/shared-read.js';
import { ALL_COLUMNS, type CallColumns, type ShownCall } from '../db/tables/call-columns.js';
import { calls } from '../db/tables/calls.js';
import type { CallFilter, CallOrder, CallPlace } from './call-filter.js';
import { callConditions } from './call-filter.queries.js';

/** Which calls are listed, and in which order. */
export interface CallList {
  filter: CallFilter;
  order: CallOrder;
}

interface CallPage extends CallList {
  page: Page<CallPlace>;
  /** Their name. */
  columns: string;
}

/** `name` is the column's in the merge of two parts, where Drizzle knows the field's only. */
const VALUES = {
  STARTED_AT: { column: calls.startedAt, name: sql.identifier('started_at'), nullable: true },
  UPDATED_AT: { column: calls.updatedAt, name: sql.identifier('updated_at'), nullable: false },
  DURATION: { column: calls.duration, name: sql.identifier('duration'), nullable: true },
};
type ValueField = keyof typeof VALUES;

/** The pages and numbers of filtered lists of calls. */
export function callListQueries(db: Db) {
  const ask = sharedQuestion((organizationId, question: CallPage, columns: CallColumns) =>
    listed(db, organizationId, question, columns),
  );
  return {
    page: (account: Account, list: CallList, page: Page<CallPlace>, columns = ALL_COLUMNS) =>
      ask(account, { ...list, page, columns: columns.name }, columns),

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
    asked: filter,
    conditions,
    columns,
    page: byId,
    oldestFirst: direction === 'ASC',
  });
}

/**
 * A page in the order of a value. Calls without one come last in both directions, which is not the order of an index
 * read backwards: they are read apart, and the two parts are merged, each from its own end of the index.
 */
async function listByValue(
  db: Db,
  organizationId: string,
  filter: CallFilter,
  field: ValueField,
  direction: CallOrder['direction'],
  { limit, forward, after, before }: Page<CallPlace>,
  { columns }: CallColumns,
): Promise<ShownCall[]> {
  const { column, name, nullable } = VALUES[field];
  const down = (direction === 'DESC') === forward;
  const order = down ? desc : asc;
  const [behind, ahead] = direction === 'DESC' ? [sql`<`, sql`>`] : [sql`>`, sql`<`];
  const conditions = whole(callConditions(organizationId, filter));
  const read = (...part: (SQL | undefined)[]) =>
    db
      // The order's own values too: they are in the cursors.
      .select({
        ...columns,
        startedAt: calls.startedAt,
        updatedAt: calls.updatedAt,
        duration: calls.duration,
      })
      .from(calls)
      .where(and(eq(calls.organizationId, organizationId), conditions, ...part))
      .orderBy(order(column), order(calls.id))
      .limit(limit + 1);
  const place = (comparison: SQL, at: CallPlace | null) => {
    if (at === null) return undefined;
    return at.value === null
      ? sql`${calls.id} ${comparison} ${at.id}`
      : sql`(${column}, ${calls.id}) ${comparison} (${at.value}, ${at.id})`;
  };
  const isUnknown = (at: CallPlace | null) => at !== null && at.value === null;
  const isKnown = (at: CallPlace | null) => at !== null && at.value !== null;

  const known = () =>
    read(
      nullable ? isNotNull(column) : undefined,
      place(behind, after),
      isUnknown(before) ? undefined : place(ahead, before),
    );
  const unknown = () =>
    read(isNull(column), isKnown(after) ? undefined : place(behind, after), place(ahead, before));
  const beginsUnknown = isUnknown(after);
  if (!nullable || isKnown(before)) return beginsUnknown ? [] : begun(known());
  if (beginsUnknown) return begun(unknown());
  const nulls = forward ? sql`last` : sql`first`;
  const both = unionAll(known(), unknown())
    .orderBy(sql`${name} ${down ? sql`desc` : sql`asc`} nulls ${nulls}`, order(calls.id))
    .limit(limit + 1);
  return begun(both);
}
