import { type SQL, sql } from 'drizzle-orm';
import type { Transaction } from '../db/database.js';

const nameOf = (organizationId: string) => `${organizationId} intake`;

/**
 * The rendezvous of calls and events. A transaction that gives a call a name, a number or a group shares this lock from
 * before it reads until it commits. One that found no call for its event takes it alone and looks again before it waits.
 * So neither misses the other. The first of all locks: a transaction that shares it never asks for it alone.
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
