import { and, asc, eq, isNotNull, sql } from 'drizzle-orm';
import type { Db } from '../../db/database.js';
import { deliveries } from '../../db/tables/deliveries.js';
import { SHOWN } from '../../vendors/delivery/delivery.queries.js';

export const PAGE = 1_000;

const organization = sql.placeholder('organization');

export function deliveryChangeQueries(db: Db) {
  return {
    /**
     * All deliveries whose `updated_at` lies before it are visible to the next statement: a transaction that is still
     * to commit one began later. A second is kept for clocks that differ. A transaction of more than a minute is not
     * waited for: no write of ours may take as long.
     */
    horizon: db
      .select({
        at: sql<Date>`greatest(clock_timestamp() - interval '1 minute',
          least(clock_timestamp() - interval '1 second', min(xact_start)))::timestamptz(3)`.mapWith(
          deliveries.updatedAt,
        ),
      })
      .from(sql`pg_stat_activity where datname = current_database() and backend_xid is not null`)
      .prepare('delivery_horizon'),

    /** In the order of `updated_at`, after a time and an id. */
    changed: db
      .select({
        ...SHOWN,
        updatedAt: deliveries.updatedAt,
        version: sql<string>`${deliveries}.xmin::text`,
        aliases: sql<string[]>`array(select a.id::text from calls a
          where a.organization_id = ${organization} and a.joined_into = ${deliveries}.call_id)`,
      })
      .from(deliveries)
      .where(
        and(
          eq(deliveries.organizationId, organization),
          sql`(${deliveries.updatedAt}, ${deliveries.id})
            > (${sql.placeholder('time')}::timestamptz, ${sql.placeholder('id')}::uuid)`,
          isNotNull(deliveries.callId),
        ),
      )
      .orderBy(asc(deliveries.updatedAt), asc(deliveries.id))
      .limit(PAGE)
      .prepare('deliveries_changed'),
  };
}

export type DeliveryChangeQueries = ReturnType<typeof deliveryChangeQueries>;
export type ChangedDelivery = Awaited<ReturnType<DeliveryChangeQueries['changed']['execute']>>[number];
