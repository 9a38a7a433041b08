import { sql } from 'drizzle-orm';
import { sharedAccount } from '../../db/connection/account.js';
import type { Database, Db } from '../../db/database.js';
import { type DeliveryRow, deliveries } from '../../db/tables/deliveries.js';
import { vendorAccounts } from '../../db/tables/vendor-accounts.js';
import { claimedRows } from '../claimed-rows.store.js';
import type { DeliveryState } from './delivery.enums.js';
import type { Settlement } from './delivery-failure.js';

/** Takes at most so many deliveries for `lease` seconds: see claim_deliveries. */
export const claimDeliveries = (db: Db, claim: string, lease: number, most: number): Promise<DeliveryRow[]> =>
  claimedRows(db, deliveries, 'claim_deliveries', claim, lease, most);

export interface Settled {
  is_settled: boolean;
  state: DeliveryState | null;
  /** The account's new reason, '' when it works again; null if that did not change. */
  account_reason: string | null;
}

/** Seconds after which a delivery that keeps failing is given up. */
const GIVE_UP = 86_400;

export async function settleDelivery(
  database: Database,
  { organizationId, id, claim }: DeliveryRow,
  { state, verdict, error, requestId = null, delay = 0 }: Settlement,
): Promise<Settled> {
  const settle = () =>
    database.db.execute<Settled & Record<string, unknown>>(sql`
    select * from settle_delivery(${organizationId}::uuid, ${id}::uuid, ${claim}::uuid, ${state}::text, ${error}::text,
      ${requestId}::text, make_interval(secs => ${delay / 1_000}::float8), ${verdict}::text,
      make_interval(secs => ${GIVE_UP}::float8))`);
  const [settled] = await database.statement(settle, sharedAccount(organizationId));
  if (settled === undefined) throw new Error('settle_delivery returns one row');
  return settled;
}

/** A change may have been committed just after its account was deleted. */
export async function discardOfDeleted(db: Db): Promise<void> {
  await db.execute(sql`
    update ${deliveries} d set state = 'DISCARDED', updated_at = clock_timestamp() from ${vendorAccounts} a
    where a.deleted_at is not null and d.organization_id = a.organization_id and d.account_id = a.id
      and d.state in ('PENDING', 'RETRYING', 'INCOMPLETE') and d.claim is null`);
}
