import { and, eq, sql } from 'drizzle-orm';
import { sharedAccount } from '../../db/connection/account.js';
import type { Database, Db } from '../../db/database.js';
import { organizations } from '../../db/tables/identity.js';
import { type VendorAccountRow, vendorAccounts } from '../../db/tables/vendor-accounts.js';

/** An account whose updates are due, with its lease. */
export interface DueAccount extends VendorAccountRow {
  updatesPosition: string;
  updatesDueAt: Date;
}

/** Takes accounts for `lease` seconds: until then no other gateway reads their updates. */
export async function claimUpdates(db: Db, lease: number, most: number): Promise<DueAccount[]> {
  const a = vendorAccounts;
  const due = db
    .select({ organizationId: a.organizationId, id: a.id })
    .from(a)
    .where(
      and(
        sql`${a.updatesDueAt} <= clock_timestamp()`,
        eq(a.receives, true),
        sql`${a.deletedAt} is null and not ${a.paused}`,
        sql`exists (select from ${organizations} where ${organizations.id} = ${a.organizationId} and ${organizations.suspendedAt} is null
          and ${organizations.heldAt} is null)`,
      ),
    )
    .limit(most)
    .for('no key update', { skipLocked: true });
  const rows = await db
    .update(a)
    .set({
      updatesDueAt: sql`clock_timestamp() + make_interval(secs => ${lease}::float8)`,
      updatesTries: sql`${a.updatesTries} + 1`,
    })
    .where(sql`(${a.organizationId}, ${a.id}) in ${due}`)
    .returning();
  return rows as DueAccount[];
}

export interface UpdatesSettlement {
  /** Null to stay where it is. */
  readonly position: string | null;
  /** Seconds until the next read. */
  readonly wait: number;
  readonly tries: number;
  /** Of the page that is read again: see vendor_accounts. */
  readonly done: string[];
}

/** Nothing if another gateway has taken the account over. */
export async function settleUpdates(
  database: Database,
  { organizationId, id, updatesDueAt }: DueAccount,
  { position, wait, tries, done }: UpdatesSettlement,
): Promise<void> {
  const a = vendorAccounts;
  const settle = () =>
    database.db
      .update(a)
      .set({
        ...(position !== null && { updatesPosition: position }),
        updatesTries: tries,
        updatesDone: done,
        updatesDueAt: sql`clock_timestamp() + make_interval(secs => ${wait}::float8)`,
      })
      .where(and(eq(a.organizationId, organizationId), eq(a.id, id), eq(a.updatesDueAt, updatesDueAt)));
  await database.statement(settle, sharedAccount(organizationId));
}
