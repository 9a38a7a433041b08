import { isDeepStrictEqual } from 'node:util';
import { and, count, desc, eq, isNull } from 'drizzle-orm';
import { lockIntakeExclusively } from '../calls/intake-lock.store.js';
import { runFor } from '../db/connection/account.js';
import { statementTime } from '../db/connection/statement-time.js';
import type { Database, Transaction } from '../db/database.js';
import { eventAdmissions, type MatchRuleRow, matchRules, waitingValues } from '../db/tables/call-events.js';
import { newIdAfter } from '../foundation/new-id.js';
import { refuse, refuseUnknown, type Target } from '../foundation/refusal.js';
import { actorOf } from '../identity/actor.js';
import type { Viewer } from '../identity/viewer.js';
import type { EventAdmissions } from './event-admissions.service.js';

export type NewMatchRule = Pick<
  MatchRuleRow,
  'name' | 'metadataPath' | 'callField' | 'callMetadataPath' | 'windowMinutes'
>;

/** @throws Refusal INVALID, if the rule as a whole would be wrong */
export type MatchRuleChange = (stored: NewMatchRule) => Partial<NewMatchRule>;

/** Every upsert evaluates all of them. */
const MOST_RULES = 100;

/** Rules change under the exclusive intake lock, so no event or call misses one. */
export class MatchRuleService {
  readonly #database: Database;

  readonly #admissions: EventAdmissions;

  constructor(database: Database, admissions: EventAdmissions) {
    this.#database = database;
    this.#admissions = admissions;
  }

  list({ organization, account }: Viewer): Promise<MatchRuleRow[]> {
    return runFor(account, () =>
      this.#database.db
        .select()
        .from(matchRules)
        .where(and(eq(matchRules.organizationId, organization.id), isNull(matchRules.deletedAt)))
        .orderBy(desc(matchRules.id)),
    );
  }

  /**
   * Tries the rule on the waiting events.
   * @throws Refusal LIMIT_EXCEEDED
   */
  create(viewer: Viewer, rule: NewMatchRule): Promise<MatchRuleRow> {
    const organizationId = viewer.organization.id;
    return this.#admissions.transaction(viewer, async (tx, step) => {
      await lockIntakeExclusively(tx, organizationId);
      const [present] = await tx
        .select({ total: count() })
        .from(matchRules)
        .where(and(eq(matchRules.organizationId, organizationId), isNull(matchRules.deletedAt)));
      const found = (present?.total ?? 0) + 1;
      if (found > MOST_RULES) {
        const message = `At most ${MOST_RULES} match rules are allowed; delete one first`;
        refuse('LIMIT_EXCEEDED', message, null, {}, { limit: MOST_RULES, found });
      }
      const [newest] = await tx
        .select({ id: matchRules.id })
        .from(matchRules)
        .where(eq(matchRules.organizationId, organizationId))
        .orderBy(desc(matchRules.id))
        .limit(1);
      // The oldest rule with a candidate decides, so ids must follow the order of creation.
      const made = { ...rule, ...newIdAfter(newest?.id ?? null), organizationId, deletedAt: null };
      await tx.insert(matchRules).values(made);
      await step.tryRule(made.id, actorOf(viewer));
      return made;
    });
  }

  /**
   * It keeps its rank. Tries the waiting events again, unless only the name changes.
   * @throws Refusal NOT_FOUND, INVALID
   */
  update(viewer: Viewer, rule: Target & { id: string }, change: MatchRuleChange): Promise<MatchRuleRow> {
    const organizationId = viewer.organization.id;
    return this.#admissions.transaction(viewer, async (tx, step) => {
      await lockIntakeExclusively(tx, organizationId);
      const own = and(eq(matchRules.organizationId, organizationId), eq(matchRules.id, rule.id));
      const [stored] = await tx
        .select()
        .from(matchRules)
        .where(and(own, isNull(matchRules.deletedAt)));
      if (stored === undefined) return refuseUnknown('Match rule', rule, 'id');
      const next = { ...stored, ...change(stored) };
      if (isDeepStrictEqual(next, stored)) return stored;
      await tx.update(matchRules).set(next).where(own);
      if (isDeepStrictEqual({ ...next, name: stored.name }, stored)) return next;
      await forgetProgress(tx, organizationId, rule.id);
      await step.tryRule(rule.id, actorOf(viewer));
      return next;
    });
  }

  /**
   * Events that it matched keep it as matchedBy.
   * @throws Refusal NOT_FOUND
   */
  delete(viewer: Viewer, rule: Target & { id: string }): Promise<string> {
    const organizationId = viewer.organization.id;
    return this.#database.transaction(async (tx) => {
      await lockIntakeExclusively(tx, organizationId);
      const own = and(eq(matchRules.organizationId, organizationId), eq(matchRules.id, rule.id));
      const deleted = await tx
        .update(matchRules)
        .set({ deletedAt: statementTime })
        .where(and(own, isNull(matchRules.deletedAt)))
        .returning({ id: matchRules.id });
      if (deleted.length === 0) refuseUnknown('Match rule', rule, 'id');
      await forgetProgress(tx, organizationId, rule.id);
      return rule.id;
    }, viewer.account);
  }
}

async function forgetProgress(tx: Transaction, organizationId: string, ruleId: string): Promise<void> {
  await tx
    .delete(waitingValues)
    .where(and(eq(waitingValues.organizationId, organizationId), eq(waitingValues.ruleId, ruleId)));
  await tx
    .delete(eventAdmissions)
    .where(and(eq(eventAdmissions.organizationId, organizationId), eq(eventAdmissions.ruleId, ruleId)));
}
