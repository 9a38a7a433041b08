import { and, asc, count, desc, eq, getTableColumns, not, type SQL, sql } from 'drizzle-orm';
import type { Db } from '../db/database.js';
import type { JsonText } from '../db/json-text.js';
import type { Asked } from '../db/loader-set.js';
import type { Page } from '../db/page.js';
import { callChanges } from '../db/tables/call-changes.js';
import { calls } from '../db/tables/calls.js';
import { shownJson } from '../db/tables/columns.js';

/** A place in the log; both numbers as decimal text. */
export interface LogPosition {
  label: string;
  seq: string;
}

/** Sorts as the patches count: the time, then the arrival, both of fixed width. The arrival is a time too, and counts nothing. */
export const patchOrder = sql<string | null>`case when ${callChanges.patch} is not null then
  to_char(${callChanges.effectiveAt} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') || ' ' || lpad(${callChanges.arrival}::text, 19, '0') end`;

const { patch, oldValues, newValues, ...ALWAYS } = getTableColumns(callChanges);
const VALUES = {
  patch: shownJson(patch, 'patch') as SQL.Aliased<JsonText | null>,
  oldValues: shownJson(oldValues, 'old_values'),
  newValues: shownJson(newValues, 'new_values'),
};

/** Of the values, which may be large, those that fields of these names show. */
function changeColumns(asked: Asked) {
  const shown = Object.entries(VALUES).filter(([field]) => asked?.has(field) ?? true);
  return { ...ALWAYS, ...(Object.fromEntries(shown) as typeof VALUES) };
}

function place(comparison: SQL, { label, seq }: LogPosition): SQL {
  return sql`(${callChanges.label}, ${callChanges.seq}) ${comparison} (${label}::bigint, ${seq}::bigint)`;
}

/** A joined record's last change, see `leavesLists`: the history has the join once, as its call's change. */
const isLeaving = sql`(${callChanges.kind} = 'JOINED' and ${callChanges.newValues} ? 'call')`;

/** The call that a record belongs to: another one if it was joined into it. */
const owner = sql<string>`coalesce(${calls.joinedInto}, ${calls.id})`;

/** The calls and the records that were joined into them. */
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
      .where(
        and(
          eq(callChanges.organizationId, sql.placeholder('organization')),
          sql`${callChanges.id} = any(${sql.placeholder('keys')})`,
        ),
      )
      .prepare('changes_by_ids'),

    /**
     * One page of each call's history, newest first: its own rows and those of the records that were joined into it. Of
     * each record a whole page is read, and the pages are merged; the caller takes the first of them.
     */
    pages: (organizationId: string, callIds: string[], page: Page<LogPosition>, asked: Asked) => {
      const { limit, forward, after, before } = page;
      const order = forward ? desc : asc;
      const rows = db
        .select({ ...changeColumns(asked), patchOrder: patchOrder.as('patch_order') })
        .from(callChanges)
        .where(
          and(
            eq(callChanges.organizationId, organizationId),
            sql`${callChanges.callId} = ${calls}.id`,
            not(isLeaving),
            after === null ? undefined : place(sql`<`, after),
            before === null ? undefined : place(sql`>`, before),
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

    /** The index alone counts all rows; what is no part of the history is looked for at the ends of joined records. */
    counts: (organizationId: string, callIds: string[]) => {
      const counted = (name: string, condition?: SQL) =>
        db
          .select({ total: count().as(name) })
          .from(callChanges)
          .where(
            and(
              eq(callChanges.organizationId, organizationId),
              sql`${callChanges.callId} = ${calls}.id`,
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

export type ChangeQueries = ReturnType<typeof changeQueries>;
export type HistoryRow = Awaited<ReturnType<ChangeQueries['pages']>>[number];
