import { and, desc, eq, isNull } from 'drizzle-orm';
import type { Db } from '../../db/database.js';
import { organizations } from '../../db/tables/identity.js';
import { type VendorAccountRow, vendorAccounts } from '../../db/tables/vendor-accounts.js';

export interface OperatorAccount {
  account: VendorAccountRow;
  /** Its slug. */
  organization: string;
}

/** The operator manages all organizations. */
export function operatorAccountQueries(db: Db) {
  const present = db
    .select({ account: vendorAccounts, organization: organizations.slug })
    .from(vendorAccounts)
    .innerJoin(organizations, eq(organizations.id, vendorAccounts.organizationId));
  return {
    accounts: (slug: string | undefined): Promise<OperatorAccount[]> =>
      present
        .where(
          and(
            isNull(vendorAccounts.deletedAt),
            slug === undefined ? undefined : eq(organizations.slug, slug),
          ),
        )
        .orderBy(organizations.slug, desc(vendorAccounts.id)),
  };
}
