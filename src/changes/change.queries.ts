import { and, asc, count, desc, eq, getTableColumns, type SQL, sql } from 'drizzle-orm';
import type { Db } from '../db/database.js';
import type { Page } from '../db/page.js';
import { callChanges } from '../db/tables/call-changes.js';
import { calls } from '../db/tables/calls.js';

/** A place in the log; both numbers as decimal text. */
export interface LogPosition {
  label: string;
  seq: string;
}

/** Sorts as the patches count: the time, then the arrival, both of fixed width. The arrival is a time too, and counts nothing. */
export const patchOrder = sql<string | null>`case when ${callChanges.patch} is not null then
  to_char(${callChanges.effectiveAt} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') || ' ' || lpad(${callChanges.arrival}::text, 19, '0') end`;
const change = { ...getTableColumns(callChanges), patchOrder };

function place(comparison: SQL, { label, seq }: LogPosition): SQL {
  return sql`(${callChanges.label}, ${callChanges.seq}) ${comparison} (${label}::bigint, ${seq}::bigint)`;
}

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
      .select(change)
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
    pages: (organizationId: string, callIds: string[], page: Page<LogPosition>) => {
      const { limit, forward, after, before } = page;
      const order = forward ? desc : asc;
      const rows = db
        .select({ ...getTableColumns(callChanges), patchOrder: patchOrder.as('patch_order') })
        .from(callChanges)
        .where(
          and(
            eq(callChanges.organizationId, organizationId),
            sql`${callChanges.callId} = ${calls}.id`,
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

    counts: (organizationId: string, callIds: string[]) =>
      db
        .select({ owner, total: count() })
        .from(calls)
        .innerJoin(
          callChanges,
          and(eq(callChanges.organizationId, organizationId), eq(callChanges.callId, calls.id)),
        )
        .where(isOf(organizationId, callIds))
        .groupBy(owner),
  };
}

export type ChangeQueries = ReturnType<typeof changeQueries>;
export type HistoryRow = Awaited<ReturnType<ChangeQueries['pages']>>[number];
