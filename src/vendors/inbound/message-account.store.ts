import { and, eq, sql } from 'drizzle-orm';
import { sharedAccount } from '../../db/connection/account.js';
import type { Database, Db } from '../../db/database.js';
import type { InboundMessageRow } from '../../db/tables/inbound-messages.js';
import { type VendorAccountRow, vendorAccounts } from '../../db/tables/vendor-accounts.js';

export async function readAccount(
  db: Db,
  { organizationId, accountId }: Pick<InboundMessageRow, 'organizationId' | 'accountId'>,
): Promise<VendorAccountRow> {
  const [row] = await db
    .select()
    .from(vendorAccounts)
    .where(and(eq(vendorAccounts.organizationId, organizationId), eq(vendorAccounts.id, accountId)));
  if (row === undefined) throw new Error(`vendor account ${accountId} is not there`);
  return row;
}

/** Milliseconds to wait if the account's rate, which deliveries share, allows no request now; otherwise it is counted. */
export async function takeRequest(
  database: Database,
  { organizationId, id, rate }: VendorAccountRow,
): Promise<number> {
  const a = vendorAccounts;
  const filled = sql`least(greatest(${a.rate}, 1), ${a.tokens} + ${a.rate} * extract(epoch from clock_timestamp() - ${a.tokensAt}))`;
  const take = () =>
    database.db.execute(sql`
      update ${a} set tokens = ${filled} - 1, tokens_at = clock_timestamp()
      where ${a.organizationId} = ${organizationId} and ${a.id} = ${id} and ${filled} >= 1
      returning ${a.id}`);
  const [taken] = await database.statement(take, sharedAccount(organizationId));
  return taken === undefined ? (1_000 / rate) * (1 + Math.random()) : 0;
}
