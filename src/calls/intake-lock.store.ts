import { type SQL, sql } from 'drizzle-orm';
import type { Transaction } from '../db/database.js';

const nameOf = (organizationId: string) => `${organizationId} intake`;

/**
 * Makes sure that a call and its event find each other. A transaction that gives a call a reference, number or group holds
 * this lock shared, from before its first read until it commits. One that found no call for its event takes it exclusively
 * and searches again. It comes before all other locks. Never request it exclusively while holding it shared.
 */
export const sharedIntakeLock = (organizationId: string): SQL =>
  sql`pg_advisory_xact_lock_shared(hashtextextended(${nameOf(organizationId)}::text, 0))`;

export async function lockIntakeShared(tx: Transaction, organizationId: string): Promise<void> {
  await tx.execute(sql`select ${sharedIntakeLock(organizationId)}`);
}

export async function lockIntakeExclusively(tx: Transaction, organizationId: string): Promise<void> {
  await tx.execute(sql`select pg_advisory_xact_lock(hashtextextended(${nameOf(organizationId)}::text, 0))`);
}
