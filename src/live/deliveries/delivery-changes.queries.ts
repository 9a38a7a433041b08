import { and, asc, eq, isNotNull, sql } from 'drizzle-orm';
import type { Db } from '../../db/database.js';
import { deliveries } from '../../db/tables/deliveries.js';
import { SHOWN } from '../../vendors/delivery/delivery.queries.js';
import { ROW_PAGE } from '../rows/changed-row.values.js';

const organization = sql.placeholder('organization');

export const deliveryChangesQuery = (db: Db) =>
  db
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
    .limit(ROW_PAGE)
    .prepare('deliveries_changed');

export type ChangedDelivery = Awaited<ReturnType<ReturnType<typeof deliveryChangesQuery>['execute']>>[number];
