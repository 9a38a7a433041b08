import { and, eq, inArray, isNotNull, isNull, sql } from 'drizzle-orm';
import { statementTime } from '../../db/connection/statement-time.js';
import type { Transaction } from '../../db/database.js';
import { callImports } from '../../db/tables/call-imports.js';
import { deliveries } from '../../db/tables/deliveries.js';
import { inboundMessages } from '../../db/tables/inbound-messages.js';
import { type VendorAccountRow, vendorAccounts } from '../../db/tables/vendor-accounts.js';
import type { DeliveryState } from '../delivery/delivery.enums.js';

/** Of an account that delivers again. */
export const RECOVERED = { isRefused: false, failures: 0, openUntil: null, stateReason: null } as const;

const UNFINISHED: DeliveryState[] = ['PENDING', 'RETRYING', 'INCOMPLETE'];

export async function retryNow(tx: Transaction, { organizationId, id }: VendorAccountRow): Promise<void> {
  await tx
    .update(deliveries)
    .set({ nextAttemptAt: statementTime, updatedAt: statementTime })
    .where(
      and(
        eq(deliveries.organizationId, organizationId),
        eq(deliveries.accountId, id),
        eq(deliveries.state, 'RETRYING'),
        isNull(deliveries.claim),
      ),
    );
}

/** What was in doubt may be certain now: which account a call belongs to depends on all accounts of the system. */
export async function reconsider(
  tx: Transaction,
  { organizationId, system }: Pick<VendorAccountRow, 'organizationId' | 'system'>,
): Promise<void> {
  const ofSystem = and(
    eq(deliveries.organizationId, organizationId),
    inArray(
      deliveries.accountId,
      tx
        .select({ id: vendorAccounts.id })
        .from(vendorAccounts)
        .where(
          and(
            eq(vendorAccounts.organizationId, organizationId),
            eq(vendorAccounts.system, system),
            isNull(vendorAccounts.deletedAt),
          ),
        ),
    ),
  );
  await tx
    .update(deliveries)
    .set({ state: 'PENDING', nextAttemptAt: statementTime, updatedAt: statementTime })
    .where(and(ofSystem, eq(deliveries.state, 'INCOMPLETE'), isNull(deliveries.claim)));
  // A try that is about to find it incomplete.
  await tx
    .update(deliveries)
    .set({ isWoken: true })
    .where(and(ofSystem, inArray(deliveries.state, ['PENDING', 'RETRYING']), isNotNull(deliveries.claim)));
}

/** A claim stays, and what its try leads to counts. */
export async function discardUnfinished(
  tx: Transaction,
  { organizationId, id }: VendorAccountRow,
): Promise<void> {
  await tx
    .update(deliveries)
    .set({ state: 'DISCARDED', updatedAt: statementTime })
    .where(
      and(
        eq(deliveries.organizationId, organizationId),
        eq(deliveries.accountId, id),
        inArray(deliveries.state, UNFINISHED),
      ),
    );
  await tx
    .update(inboundMessages)
    .set({
      state: sql`coalesce(${inboundMessages.state}, 'FAILED')`,
      reason: sql`coalesce(${inboundMessages.reason}, 'The account was deleted.')`,
      nextAttemptAt: null,
    })
    .where(
      and(
        eq(inboundMessages.organizationId, organizationId),
        eq(inboundMessages.accountId, id),
        isNotNull(inboundMessages.nextAttemptAt),
      ),
    );
  await tx
    .update(callImports)
    .set({ state: 'CANCELED', claim: null, claimedUntil: null, finishedAt: statementTime })
    .where(
      and(
        eq(callImports.organizationId, organizationId),
        eq(callImports.accountId, id),
        eq(callImports.state, 'RUNNING'),
      ),
    );
}
