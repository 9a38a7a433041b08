import { and, eq, isNull, or, sql } from 'drizzle-orm';
import type { Db } from '../../db/database.js';
import { organizations } from '../../db/tables/identity.js';
import { vendorAccounts } from '../../db/tables/vendor-accounts.js';

/** Looked up before the organization is known, as API keys are. */
export function webhookAccountQueries(db: Db) {
  const given = sql`any(array(select decode(given, 'hex') from unnest(${sql.placeholder('hashes')}::text[]) given))`;
  return db
    .select({
      organizationId: vendorAccounts.organizationId,
      id: vendorAccounts.id,
      system: vendorAccounts.system,
      hash: sql<string>`encode(${vendorAccounts.webhookTokenHash}, 'hex')`,
      oldHash: sql<string | null>`encode(${vendorAccounts.oldWebhookTokenHash}, 'hex')`,
      isHeld: sql<boolean>`${organizations.heldAt} is not null`,
      isOldGood: sql<boolean>`coalesce(${vendorAccounts.oldWebhookTokenUntil} > clock_timestamp(), false)`,
    })
    .from(vendorAccounts)
    .innerJoin(organizations, eq(organizations.id, vendorAccounts.organizationId))
    .where(
      and(
        or(
          sql`${vendorAccounts.webhookTokenHash} = ${given}`,
          sql`${vendorAccounts.oldWebhookTokenHash} = ${given}`,
        ),
        eq(vendorAccounts.receives, true),
        isNull(vendorAccounts.deletedAt),
      ),
    )
    .prepare('webhook_accounts_by_token_hash');
}
