import { and, asc, count, desc, eq, getTableColumns, not, type SQL, sql } from 'drizzle-orm';
import type { Db } from '../db/database.js';
import { choice, instantWithin } from '../db/lists/conditions.js';
import type { RequestedFields } from '../db/loading/loader-set.js';
import { keys, organization } from '../db/loading/placeholders.js';
import { callChanges } from '../db/tables/call-changes.js';
import { calls } from '../db/tables/calls.js';
import { shownJson } from '../db/tables/columns.js';
import type { JsonText } from '../foundation/json-text.js';
import type { Page } from '../foundation/page.js';
import type { CallChangeFilter } from './call-change-filter.values.js';

/** Decimal text. */
export interface LogPosition {
  label: string;
  seq: string;
}

/** Sorts patches as they count, by fixed-width time and arrival. Arrival is a time too, so it reveals no count. */
export const patchOrder = sql<string | null>`case when ${callChanges.patch} is not null then
  to_char(${callChanges.effectiveAt} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') || ' ' || lpad(${callChanges.arrival}::text, 19, '0') end`;

const { patch, oldValues, newValues, ...SMALL } = getTableColumns(callChanges);
const VALUES = {
  patch: shownJson(patch, 'patch') as SQL.Aliased<JsonText | null | undefined>,
  oldValues: shownJson(oldValues, 'old_values') as SQL.Aliased<JsonText | undefined>,
  newValues: shownJson(newValues, 'new_values') as SQL.Aliased<JsonText | undefined>,
};

function changeColumns(requestedFields: RequestedFields) {
  const shown = Object.entries(VALUES).filter(([field]) => requestedFields?.has(field) ?? true);
  return { ...SMALL, ...(Object.fromEntries(shown) as typeof VALUES) };
}

function comparedTo(comparison: SQL, { label, seq }: LogPosition): SQL {
  return sql`(${callChanges.label}, ${callChanges.seq}) ${comparison} (${label}::bigint, ${seq}::bigint)`;
}

const isLeaving = sql`(${callChanges.kind} = 'JOINED' and ${callChanges.newValues} ? 'call')`;

const owner = sql<string>`coalesce(${calls.joinedInto}, ${calls.id})`;

function isOf(organizationId: string, callIds: string[]): SQL | undefined {
  const ids = sql`any(${sql.param(callIds)}::uuid[])`;
  return and(
    eq(calls.organizationId, organizationId),
    sql`(${calls.id} = ${ids} or ${calls.joinedInto} = ${ids})`,
  );
}

export function changeQueries(db: Db) {
  return {
    byIds: db
      .select({ ...changeColumns(null), patchOrder })
      .from(callChanges)
      .where(and(eq(callChanges.organizationId, organization), sql`${callChanges.id} = any(${keys})`))
      .prepare('changes_by_ids'),

    /**
     * Newest first, with the changes of joined records. Reads up to a page per record; the caller takes the first
     * `limit` rows.
     */
    pages: (
      organizationId: string,
      callIds: string[],
      page: FilteredHistory,
      requestedFields: RequestedFields,
    ) => {
      const { limit, forward, after, before } = page;
      const order = forward ? desc : asc;
      const rows = db
        .select({ ...changeColumns(requestedFields), patchOrder: patchOrder.as('patch_order') })
        .from(callChanges)
        .where(
          and(
            eq(callChanges.organizationId, organizationId),
            sql`${callChanges.callId} = ${calls}.id`,
            not(isLeaving),
            ...changeConditions(page.filter),
            after === null ? undefined : comparedTo(sql`<`, after),
            before === null ? undefined : comparedTo(sql`>`, before),
          ),
        )
        .orderBy(order(callChanges.label), order(callChanges.seq))
        .limit(limit + 1)
        .as('page');
      return db
        .select({ ...rows._.selectedFields, owner })
        .from(calls)
        .crossJoinLateral(rows)
        .where(isOf(organizationId, callIds))
        .orderBy(order(rows.label), order(rows.seq));
    },

    /** An index-only scan counts all rows. The row to exclude can only be a joined record's last. */
    counts: (organizationId: string, callIds: string[], filter: CallChangeFilter) => {
      const counted = (name: string, condition?: SQL) =>
        db
          .select({ total: count().as(name) })
          .from(callChanges)
          .where(
            and(
              eq(callChanges.organizationId, organizationId),
              sql`${callChanges.callId} = ${calls}.id`,
              ...changeConditions(filter),
              condition,
            ),
          )
          .as(name);
      const all = counted('all_changes');
      const isLast = sql`${calls}.joined_into is not null and ${callChanges.label} = ${calls}.change_label`;
      const left = counted('left_out', and(isLast, isLeaving));
      return db
        .select({ owner, total: sql`sum(${all.total} - ${left.total})`.mapWith(Number) })
        .from(calls)
        .crossJoinLateral(all)
        .crossJoinLateral(left)
        .where(isOf(organizationId, callIds))
        .groupBy(owner);
    },
  };
}

export type FilteredHistory = Page<LogPosition> & { filter: CallChangeFilter };

function changeConditions({ kind, actor, recordedAt }: CallChangeFilter): SQL[] {
  return [
    ...(kind === undefined ? [] : [choice(callChanges.kind, kind).any]),
    ...(actor === undefined ? [] : [choice(callChanges.actor, actor).any]),
    ...instantWithin(callChanges.recordedAt, recordedAt),
  ];
}

export type ChangeQueries = ReturnType<typeof changeQueries>;
export type HistoryRow = Awaited<ReturnType<ChangeQueries['pages']>>[number];
