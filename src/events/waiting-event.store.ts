import { sql } from 'drizzle-orm';
import type { Transaction } from '../db/database.js';

export interface WrittenCalls {
  /** The calls that were made or written, by their uuids. */
  calls: string[];
  /** The groups that this transaction added calls to. */
  joined: { callId: string; groupId: string }[];
  /** The calls whose revision the mutation has raised already. */
  raised: string[];
}

/**
 * Lets in the events that waited for calls that were just written, and those of the groups that they joined; behind the
 * writing, in a statement of its own. Who writes shares the intake's lock. Answers with the calls that changed by it.
 */
export async function admitWaitingEvents(
  tx: Transaction,
  organizationId: string,
  actor: string,
  { calls, joined, raised }: WrittenCalls,
): Promise<string[]> {
  const [row] = await tx.execute<{ changed: string[] }>(sql`
    select admit_waiting_events(${organizationId}::uuid, ${sql.param(calls)}::uuid[],
      ${sql.param(joined.map(({ callId }) => callId))}::uuid[], ${sql.param(joined.map(({ groupId }) => groupId))}::uuid[],
      ${actor}::text, ${sql.param(raised)}::uuid[]) as changed`);
  return row?.changed ?? [];
}
