import { and, desc, eq, isNull, sql } from 'drizzle-orm';
import type { Db } from '../../db/database.js';
import { keys, organization } from '../../db/loading/placeholders.js';
import { deliveries } from '../../db/tables/deliveries.js';
import { vendorAccounts } from '../../db/tables/vendor-accounts.js';

export function vendorAccountQueries(db: Db) {
  const isPending = sql`${deliveries.state} <> 'DEAD'`;
  return {
    /** Deleted ones too: a delivery shows the account that it was for. */
    byIds: db
      .select()
      .from(vendorAccounts)
      .where(and(eq(vendorAccounts.organizationId, organization), sql`${vendorAccounts.id} = any(${keys})`))
      .prepare('vendor_accounts_by_ids'),

    list: db
      .select()
      .from(vendorAccounts)
      .where(and(eq(vendorAccounts.organizationId, organization), isNull(vendorAccounts.deletedAt)))
      .orderBy(desc(vendorAccounts.id))
      .prepare('vendor_accounts_of_organization'),

    backlogs: db
      .select({
        accountId: deliveries.accountId,
        pending: sql<number>`(count(*) filter (where ${isPending}))::integer`,
        dead: sql<number>`(count(*) filter (where not ${isPending}))::integer`,
        oldestPendingAt: sql<Date | null>`min(coalesce(${deliveries.replayedAt},
          least(${deliveries.createdAt}, ${deliveries.firstAttemptAt}))) filter (where ${isPending})`.mapWith(
          deliveries.createdAt,
        ),
      })
      .from(deliveries)
      .where(
        and(
          eq(deliveries.organizationId, organization),
          sql`${deliveries.accountId} = any(${keys})`,
          sql`${deliveries.state} in ('PENDING', 'RETRYING', 'INCOMPLETE', 'DEAD')`,
        ),
      )
      .groupBy(deliveries.accountId)
      .prepare('vendor_account_backlogs'),
  };
}

export type VendorAccountQueries = ReturnType<typeof vendorAccountQueries>;
