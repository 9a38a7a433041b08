import { sql } from 'drizzle-orm';
import type { Transaction } from '../db/database.js';
import type { CallEventRow } from '../db/tables/call-events.js';

export interface RuleMatch {
  /** Of the oldest rule that has a candidate: its candidates, two at most. */
  calls: string[];
  rule: string | null;
  /** Whether any rule finds a value in the event: no call can match it otherwise. */
  isSeen: boolean;
}

/** What the rules say of an event that names no call. */
export async function matchByRules(
  tx: Transaction,
  { organizationId, id }: CallEventRow,
): Promise<RuleMatch> {
  const [found] = await tx.execute<{ candidates: string[]; rule_id: string | null; is_seen: boolean }>(sql`
    select m.rule_id, m.candidates, m.is_seen from call_events e
    cross join lateral find_match(e.organization_id, e.metadata, e.event_time) m
    where e.organization_id = ${organizationId} and e.id = ${id}`);
  const { candidates = [], rule_id: rule = null, is_seen: isSeen = false } = found ?? {};
  return { calls: candidates, rule, isSeen };
}

/** Keeps what the rules see in the event, so that the call that comes finds it by index. */
export async function waitForRules(tx: Transaction, { organizationId, id }: CallEventRow): Promise<void> {
  await tx.execute(sql`select keep_waiting_values(${organizationId}::uuid, ${id}::uuid, null)`);
}
