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

/** Requests that are left to what is live. */
const LEFT = 4;

/**
 * Milliseconds to wait if the account's rate, which deliveries share, allows no request now; otherwise it is counted. What
 * `canWait` is made only while there is room for others: it would take each request as soon as the rate allows one.
 */
export async function takeRequest(
  database: Database,
  { organizationId, id, rate }: VendorAccountRow,
  { canWait = false } = {},
): Promise<number> {
  const a = vendorAccounts;
  const most = sql`greatest(${a.rate}, 1)`;
  const filled = sql`least(${most}, ${a.tokens} + ${a.rate} * extract(epoch from clock_timestamp() - ${a.tokensAt}))`;
  const needed = canWait ? sql`least(${most}, 1 + least(${most} / 2, ${LEFT}::integer))` : sql`1`;
  const take = () =>
    database.db.execute(sql`
      update ${a} set tokens = ${filled} - 1, tokens_at = clock_timestamp()
      where ${a.organizationId} = ${organizationId} and ${a.id} = ${id} and ${filled} >= ${needed}
      returning ${a.id}`);
  const [taken] = await database.statement(take, sharedAccount(organizationId));
  return taken === undefined ? (1_000 / rate) * (1 + Math.random()) : 0;
}
