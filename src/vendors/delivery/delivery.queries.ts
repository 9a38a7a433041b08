import { and, asc, desc, eq, isNotNull, type SQL, sql } from 'drizzle-orm';
import type { Db } from '../../db/database.js';
import { whole } from '../../db/lists/conditions.js';
import { type Link, linkedCounts, linkedPage } from '../../db/lists/linked.js';
import { listById } from '../../db/lists/list.js';
import { countOf } from '../../db/lists/totals.js';
import { keys, organization } from '../../db/loading/placeholders.js';
import { type DeliveryRow, deliveries } from '../../db/tables/deliveries.js';
import type { Page } from '../../foundation/page.js';
import type { DeliveryState } from './delivery.enums.js';
import { deliveryConditions } from './delivery-filter.queries.js';
import type { DeliveryFilter } from './delivery-filter.values.js';

export const SHOWN = {
  id: deliveries.id,
  accountId: deliveries.accountId,
  // Those without a call are read nowhere.
  callId: deliveries.callId as unknown as SQL.Aliased<string>,
  changeId: deliveries.changeId,
  kind: deliveries.kind,
  state: deliveries.state,
  attempts: deliveries.attempts,
  lastError: deliveries.lastError,
  vendorRequestId: deliveries.vendorRequestId,
  lastAttemptAt: deliveries.lastAttemptAt,
  nextAttemptAt:
    sql<Date | null>`case when ${deliveries.state} in ('PENDING', 'RETRYING') then ${deliveries.nextAttemptAt} end`
      .mapWith(deliveries.nextAttemptAt)
      .as('due_at'),
  deliveredAt: deliveries.deliveredAt,
  createdAt: deliveries.createdAt,
};

export type ShownDelivery = Omit<
  Pick<DeliveryRow, keyof typeof SHOWN & keyof DeliveryRow>,
  'callId' | 'nextAttemptAt'
> & { callId: string; nextAttemptAt: Date | null };

/** Why a delivery can be neither replayed nor discarded: see the SQL functions. */
export type DeliveryProblem = DeliveryState | 'UNKNOWN' | 'SENDING' | 'DELETED';

const OWNERS = { call: deliveries.callId, account: deliveries.accountId };
export type DeliveryOwner = keyof typeof OWNERS;

function linkOf(organizationId: string, owner: DeliveryOwner, filter: DeliveryFilter): Link {
  const where = whole(deliveryConditions(organizationId, filter)) as SQL;
  return {
    table: deliveries,
    organizationId: deliveries.organizationId,
    owner: OWNERS[owner],
    id: deliveries.id,
    where,
  };
}

const PROBLEM = { place: sql<number>`wrong.place`, problem: sql<DeliveryProblem>`wrong.problem` };

export function deliveryQueries(db: Db) {
  return {
    byIds: db
      .select(SHOWN)
      .from(deliveries)
      .where(
        and(
          eq(deliveries.organizationId, organization),
          sql`${deliveries.id} = any(${keys})`,
          isNotNull(deliveries.callId),
        ),
      )
      .prepare('deliveries_by_ids'),

    page: (organizationId: string, filter: DeliveryFilter, page: Page) =>
      listById<typeof deliveries, ShownDelivery>(db, deliveries, {
        organizationId,
        filter,
        conditions: deliveryConditions(organizationId, filter),
        page,
        columns: { name: 'shown', columns: SHOWN },
      }),

    count: (organizationId: string, filter: DeliveryFilter) =>
      countOf(db, deliveries, organizationId, deliveryConditions(organizationId, filter)),

    linkedPages: (
      organizationId: string,
      owner: DeliveryOwner,
      owners: string[],
      { filter, ...page }: FilteredPage,
    ) => {
      const ids = linkedPage(db, organizationId, linkOf(organizationId, owner, filter), owners, page);
      return db
        .select({ ...SHOWN, owner: ids.owner })
        .from(ids)
        .innerJoin(deliveries, and(eq(deliveries.organizationId, organizationId), eq(deliveries.id, ids.id)))
        .orderBy((page.forward ? desc : asc)(deliveries.id));
    },

    linkedCounts: (organizationId: string, owner: DeliveryOwner, owners: string[], filter: DeliveryFilter) =>
      linkedCounts(db, organizationId, linkOf(organizationId, owner, filter), owners),

    replay: db
      .select(PROBLEM)
      .from(sql`replay_deliveries(${organization}::uuid, ${sql.placeholder('ids')}::uuid[]) wrong`)
      .prepare('replay_deliveries'),

    discard: db
      .select(PROBLEM)
      .from(sql`discard_deliveries(${organization}::uuid, ${sql.placeholder('ids')}::uuid[]) wrong`)
      .prepare('discard_deliveries'),
  };
}

export type FilteredPage = Page & { filter: DeliveryFilter };
export type DeliveryQueries = ReturnType<typeof deliveryQueries>;
export type LinkedDeliveryRow = Awaited<ReturnType<DeliveryQueries['linkedPages']>>[number];
