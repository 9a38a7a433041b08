import { and, eq, isNull, sql } from 'drizzle-orm';
import { runFor } from '../../db/connection/account.js';
import { statementTime } from '../../db/connection/statement-time.js';
import type { Database } from '../../db/database.js';
import { callImports } from '../../db/tables/call-imports.js';
import { vendorAccounts } from '../../db/tables/vendor-accounts.js';
import { newId } from '../../foundation/new-id.js';
import { refuse, refuseUnknown, type Target } from '../../foundation/refusal.js';
import type { AccountsOwner } from '../account/vendor-account.service.js';

type IdTarget = Target & { id: string };

/** Inclusive; null is open. */
export interface ImportTime {
  readonly from: Date | null;
  readonly to: Date | null;
}

export class CallImportService {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /**
   * Returns the import's id. The commit wakes the workers.
   * @throws Refusal NOT_FOUND, INVALID, and ALREADY_EXISTS with the id of the running one as `present.id`
   */
  async start(owner: AccountsOwner, target: IdTarget, { from, to }: ImportTime): Promise<string> {
    const organizationId = owner.organization.id;
    if (from !== null && to !== null && from >= to) refuse('INVALID', 'from must be before to.', ['from']);
    const outcome = await this.#database.transaction(async (tx) => {
      const [account] = await tx
        .select({ receives: vendorAccounts.receives })
        .from(vendorAccounts)
        .where(
          and(
            eq(vendorAccounts.organizationId, organizationId),
            eq(vendorAccounts.id, target.id),
            isNull(vendorAccounts.deletedAt),
          ),
        )
        .for('share');
      if (account === undefined) return refuseUnknown('Vendor account', target, 'account');
      if (!account.receives) {
        refuse('INVALID', 'The account does not receive: `receives` must be true for an import.', [
          'account',
        ]);
      }
      const { id, createdAt } = newId();
      const until = to !== null && to < createdAt ? to : createdAt;
      if (from !== null && from >= until) refuse('INVALID', 'from must be in the past.', ['from']);
      const started = {
        ...{ organizationId, id, accountId: target.id, state: 'RUNNING' as const },
        from,
        to,
      };
      const [made] = await tx
        .insert(callImports)
        .values({ ...started, until, nextAttemptAt: statementTime, createdAt })
        .onConflictDoNothing()
        .returning({ id: callImports.id });
      if (made !== undefined) return { id: made.id, isNew: true };
      const [running] = await tx
        .select({ id: callImports.id })
        .from(callImports)
        .where(and(ofAccount(organizationId, target.id), eq(callImports.state, 'RUNNING')));
      return running === undefined ? null : { id: running.id, isNew: false };
    }, owner.account);
    // It has ended just now.
    if (outcome === null) return this.start(owner, target, { from, to });
    if (outcome.isNew) return outcome.id;
    return refuse('ALREADY_EXISTS', 'An import of this account is running already.', ['account'], {
      id: outcome.id,
    });
  }

  /**
   * What was read stays.
   * @throws Refusal NOT_FOUND, and INVALID if it has ended
   */
  async cancel({ organization, account }: AccountsOwner, target: IdTarget): Promise<string> {
    const own = and(eq(callImports.organizationId, organization.id), eq(callImports.id, target.id));
    const write = () =>
      this.#database.db
        .update(callImports)
        .set({ state: 'CANCELED', claim: null, claimedUntil: null, finishedAt: sql`clock_timestamp()` })
        .where(and(own, eq(callImports.state, 'RUNNING')))
        .returning({ id: callImports.id });
    const [canceled] = await this.#database.statement(write, account);
    if (canceled !== undefined) return canceled.id;
    const [ended] = await runFor(account, () =>
      this.#database.db.select({ state: callImports.state }).from(callImports).where(own),
    );
    if (ended === undefined) return refuseUnknown('Import', target, 'id');
    return refuse('INVALID', `The import is ${ended.state} already.`, [...target.path, 'id']);
  }
}

const ofAccount = (organizationId: string, account: string) =>
  and(eq(callImports.organizationId, organizationId), eq(callImports.accountId, account));
