import { and, asc, count, desc, eq, getTableColumns, isNotNull, not, type SQL, sql } from 'drizzle-orm';
import type { Db } from '../db/database.js';
import { choice, instantWithin } from '../db/lists/conditions.js';
import type { RequestedFields } from '../db/loading/loader-set.js';
import { keys, organization } from '../db/loading/placeholders.js';
import { callChanges, callCheckpoints, checkpointPatches, prunedChanges } from '../db/tables/call-changes.js';
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
const orderOf = ({ effectiveAt, arrival }: Pick<typeof callChanges, 'effectiveAt' | 'arrival'>) =>
  sql`to_char(${effectiveAt} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') || ' ' || lpad(${arrival}::text, 19, '0')`;

export const patchOrder = sql<string | null>`case when ${callChanges.patch} is not null then
  ${orderOf(callChanges)} end`;

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

/** The bound of the label alone names the parts of the log, which a comparison of rows does not. */
const isBefore = ({ label, seq }: LogPosition) =>
  sql`${callChanges.label} <= ${label}::bigint and (${callChanges.label}, ${callChanges.seq}) < (${label}::bigint, ${seq}::bigint)`;
const isAfter = (label: SQL, seq: SQL) =>
  sql`${callChanges.label} >= ${label} and (${callChanges.label}, ${callChanges.seq}) > (${label}, ${seq})`;

/** Rows that were pruned may still be there, until their part of the log is dropped. The aggregate makes a row in any case. */
const isKept = (organizationId: string | typeof organization) =>
  sql`(${callChanges.label}, ${callChanges.seq}) > (
    select coalesce(max(${prunedChanges.label}), 0), coalesce(max(${prunedChanges.seq}), 0) from ${prunedChanges}
    where ${eq(prunedChanges.organizationId, organizationId)})`;

const isLeaving = sql`(${callChanges.kind} = 'JOINED' and ${callChanges.newValues} ? 'call')`;

const owner = sql<string>`coalesce(${calls.joinedInto}, ${calls.id})`;

function isOf(
  organizationId: string | typeof organization,
  callIds: string[] | typeof keys,
): SQL | undefined {
  const ids = sql`any(${Array.isArray(callIds) ? sql.param(callIds) : callIds}::uuid[])`;
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
          eq(callChanges.organizationId, organization),
          sql`${callChanges.id} = any(${keys})`,
          isKept(organization),
        ),
      )
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
            isKept(organizationId),
            after === null ? undefined : isBefore(after),
            before === null ? undefined : isAfter(sql`${before.label}::bigint`, sql`${before.seq}::bigint`),
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

    /** A row if the log was pruned up to one of the positions, or beyond. */
    prunedPast: db
      .select({ label: prunedChanges.label })
      .from(prunedChanges)
      .where(
        and(
          eq(prunedChanges.organizationId, organization),
          sql`exists (
            select from unnest(${sql.placeholder('labels')}::bigint[], ${sql.placeholder('seqs')}::bigint[]) p(label, seq)
            where (p.label, p.seq) <= (${prunedChanges.label}, ${prunedChanges.seq}))`,
        ),
      )
      .prepare('log_pruned_past'),

    /** Only of calls from whose history rows were pruned. */
    checkpoints: db
      .select({
        owner,
        prunedAt: sql<Date>`max(${callCheckpoints.prunedAt})`.mapWith(callCheckpoints.prunedAt),
      })
      .from(calls)
      .innerJoin(
        callCheckpoints,
        and(eq(callCheckpoints.organizationId, organization), eq(callCheckpoints.callId, calls.id)),
      )
      .where(and(isOf(organization, keys), isNotNull(callCheckpoints.prunedAt)))
      .groupBy(owner)
      .prepare('call_checkpoints'),

    checkpointPatches: db
      .select({
        owner,
        kind: checkpointPatches.kind,
        actor: checkpointPatches.actor,
        actorType: checkpointPatches.actorType,
        patch: shownJson(checkpointPatches.patch, 'patch') as SQL.Aliased<JsonText>,
        patchOrder: sql<string>`${orderOf(checkpointPatches as never)}`.as('patch_order'),
        eventId: checkpointPatches.eventId,
        effectiveAt: checkpointPatches.effectiveAt,
        recordedAt: checkpointPatches.recordedAt,
      })
      .from(calls)
      .innerJoin(
        checkpointPatches,
        and(eq(checkpointPatches.organizationId, organization), eq(checkpointPatches.callId, calls.id)),
      )
      .where(isOf(organization, keys))
      .orderBy(asc(checkpointPatches.effectiveAt), asc(checkpointPatches.arrival))
      .prepare('call_checkpoint_patches'),

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
              isKept(organizationId),
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
export type CheckpointRow = Awaited<ReturnType<ChangeQueries['checkpoints']['execute']>>[number];
export type HistoryRow = Awaited<ReturnType<ChangeQueries['pages']>>[number];
