import { sql } from 'drizzle-orm';
import type { Transaction } from '../db/database.js';
import type { CallEventRow } from '../db/tables/call-events.js';

export interface RuleMatch {
  /** At most two candidates, of the oldest rule that has any. */
  calls: string[];
  rule: string | null;
  hasValue: boolean;
}

export async function matchByRules(
  tx: Transaction,
  { organizationId, id }: CallEventRow,
): Promise<RuleMatch> {
  const [found] = await tx.execute<{ candidates: string[]; rule_id: string | null; is_seen: boolean }>(sql`
    select m.rule_id, m.candidates, m.is_seen from call_events e
    cross join lateral find_match(e.organization_id, e.metadata, e.event_time) m
    where e.organization_id = ${organizationId} and e.id = ${id}`);
  const { candidates = [], rule_id: rule = null, is_seen: hasValue = false } = found ?? {};
  return { calls: candidates, rule, hasValue };
}

export async function waitForRules(tx: Transaction, { organizationId, id }: CallEventRow): Promise<void> {
  await tx.execute(sql`select keep_waiting_values(${organizationId}::uuid, ${id}::uuid, null)`);
}
