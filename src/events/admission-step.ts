import { sql } from 'drizzle-orm';
import type { Transaction } from '../db/database.js';
import type { CallEventRow } from '../db/tables/call-events.js';
import type { MetadataLimits } from '../metadata/metadata.store.js';

export interface WrittenCalls {
  calls: string[];
  joined: { callId: string; groupId: string }[];
  raised: string[];
}

/**
 * Admits events up to a limit; `hasMore` reports the rest. Call it after all other writes, because its SQL functions
 * read them in their own statements.
 */
export class AdmissionStep {
  readonly limits: MetadataLimits;
  hasMore = false;
  readonly #tx: Transaction;
  readonly #organizationId: string;

  constructor(tx: Transaction, organizationId: string, limits: MetadataLimits) {
    this.#tx = tx;
    this.#organizationId = organizationId;
    this.limits = limits;
  }

  /** Requires the shared intake lock. Returns the ids of the calls that changed. */
  async admit(actor: string, { calls, joined, raised }: WrittenCalls): Promise<string[]> {
    const { metadataMaxBytes, metadataMaxDepth } = this.limits;
    const [row] = await this.#tx.execute<{ changed: string[]; is_left: boolean }>(sql`
      select changed, is_left from admit_waiting_events(${this.#organizationId}::uuid, ${sql.param(calls)}::uuid[],
        ${sql.param(joined.map(({ callId }) => callId))}::uuid[],
        ${sql.param(joined.map(({ groupId }) => groupId))}::uuid[],
        ${actor}::text, ${sql.param(raised)}::uuid[], ${metadataMaxBytes}::integer, ${metadataMaxDepth}::integer)`);
    this.#recordRest(row);
    return row?.changed ?? [];
  }

  async apply({ id }: CallEventRow, callId: string, ruleId: string | null, actor: string): Promise<void> {
    const { metadataMaxBytes, metadataMaxDepth } = this.limits;
    await this.#tx.execute(sql`
      select apply_call_events(${this.#organizationId}::uuid, ${sql.param([id])}::uuid[], ${sql.param([callId])}::uuid[],
        ${sql.param([ruleId])}::uuid[], ${actor}::text, '{}', ${metadataMaxBytes}::integer, ${metadataMaxDepth}::integer)`);
  }

  /** Requires the lock of the group (`lockGroup`). */
  async applyToGroup({ id }: CallEventRow, actor: string): Promise<void> {
    const { metadataMaxBytes, metadataMaxDepth } = this.limits;
    const [row] = await this.#tx.execute<{ is_left: boolean }>(sql`
      select admit_group_event(${this.#organizationId}::uuid, ${id}::uuid, ${actor}::text,
        ${metadataMaxBytes}::integer, ${metadataMaxDepth}::integer) as is_left`);
    this.#recordRest(row);
  }

  /** Requires the exclusive intake lock. */
  async tryRule(ruleId: string, actor: string): Promise<void> {
    const { metadataMaxBytes, metadataMaxDepth } = this.limits;
    const [row] = await this.#tx.execute<{ is_left: boolean }>(sql`
      select try_match_rule(${this.#organizationId}::uuid, ${ruleId}::uuid, null, ${actor}::text,
        ${metadataMaxBytes}::integer, ${metadataMaxDepth}::integer) as is_left`);
    this.#recordRest(row);
  }

  #recordRest(row: { is_left: boolean } | undefined): void {
    if (row?.is_left) this.hasMore = true;
  }
}
