import { type SQL, sql } from 'drizzle-orm';
import type { Transaction } from '../db/database.js';

const nameOf = (organizationId: string) => `${organizationId} intake`;

/**
 * The rendezvous of calls and events. Whoever gives a call a name, a number or a group shares this lock from before it
 * reads until it commits; whoever found no call, and is about to wait for one, takes it alone and looks again. Neither
 * can miss the other then. The first of all locks: never asked for alone by one who shares it.
 */
export const sharedIntakeLock = (organizationId: string): SQL =>
  sql`pg_advisory_xact_lock_shared(hashtextextended(${nameOf(organizationId)}::text, 0))`;

export async function shareIntake(tx: Transaction, organizationId: string): Promise<void> {
  await tx.execute(sql`select ${sharedIntakeLock(organizationId)}`);
}

/** Waits until nobody shares the lock, and keeps everybody out until the transaction ends. */
export async function closeIntake(tx: Transaction, organizationId: string): Promise<void> {
  await tx.execute(sql`select pg_advisory_xact_lock(hashtextextended(${nameOf(organizationId)}::text, 0))`);
}
