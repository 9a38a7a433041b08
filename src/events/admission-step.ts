import { sql } from 'drizzle-orm';
import type { Transaction } from '../db/database.js';
import type { CallEventRow } from '../db/tables/call-events.js';
import type { MetadataLimits } from '../metadata/metadata.store.js';

export interface WrittenCalls {
  /** The calls that were made or written, by their uuids. */
  calls: string[];
  /** The groups that this transaction added calls to. */
  joined: { callId: string; groupId: string }[];
  /** The calls whose revision the mutation has raised already. */
  raised: string[];
}

/**
 * Lets events in within one transaction, whose writes come before, for each of its functions reads behind them in a
 * statement of its own. What is more than one step takes is noted as to be done.
 */
export class AdmissionStep {
  readonly limits: MetadataLimits;
  /** Whether there is more. */
  isLeft = false;
  readonly #tx: Transaction;
  readonly #organizationId: string;

  constructor(tx: Transaction, organizationId: string, limits: MetadataLimits) {
    this.#tx = tx;
    this.#organizationId = organizationId;
    this.limits = limits;
  }

  /**
   * Lets in the events that waited for calls that were just written, and those of the groups that they joined. Who writes
   * shares the intake's lock. Answers with the calls that changed by it.
   */
  async admit(actor: string, { calls, joined, raised }: WrittenCalls): Promise<string[]> {
    const { metadataMaxBytes, metadataMaxDepth } = this.limits;
    const [row] = await this.#tx.execute<{ changed: string[]; is_left: boolean }>(sql`
      select changed, is_left from admit_waiting_events(${this.#organizationId}::uuid, ${sql.param(calls)}::uuid[],
        ${sql.param(joined.map(({ callId }) => callId))}::uuid[],
        ${sql.param(joined.map(({ groupId }) => groupId))}::uuid[],
        ${actor}::text, ${sql.param(raised)}::uuid[], ${metadataMaxBytes}::integer, ${metadataMaxDepth}::integer)`);
    this.#note(row);
    return row?.changed ?? [];
  }

  /**
   * Applies one event to one call, that a rule may have found. A record that was joined into another call stands for that
   * one.
   */
  async apply({ id }: CallEventRow, callId: string, ruleId: string | null, actor: string): Promise<void> {
    const { metadataMaxBytes, metadataMaxDepth } = this.limits;
    await this.#tx.execute(sql`
      select apply_call_events(${this.#organizationId}::uuid, ${sql.param([id])}::uuid[], ${sql.param([callId])}::uuid[],
        ${sql.param([ruleId])}::uuid[], ${actor}::text, '{}', ${metadataMaxBytes}::integer, ${metadataMaxDepth}::integer)`);
  }

  /** Applies an event to the calls of its group, which this transaction has locked. */
  async applyToGroup({ id }: CallEventRow, actor: string): Promise<void> {
    const { metadataMaxBytes, metadataMaxDepth } = this.limits;
    const [row] = await this.#tx.execute<{ is_left: boolean }>(sql`
      select admit_group_event(${this.#organizationId}::uuid, ${id}::uuid, ${actor}::text,
        ${metadataMaxBytes}::integer, ${metadataMaxDepth}::integer) as is_left`);
    this.#note(row);
  }

  /** Tries a rule that was just made on the events that wait; behind the intake's lock, alone. */
  async tryRule(ruleId: string, actor: string): Promise<void> {
    const { metadataMaxBytes, metadataMaxDepth } = this.limits;
    const [row] = await this.#tx.execute<{ is_left: boolean }>(sql`
      select try_match_rule(${this.#organizationId}::uuid, ${ruleId}::uuid, null, ${actor}::text,
        ${metadataMaxBytes}::integer, ${metadataMaxDepth}::integer) as is_left`);
    this.#note(row);
  }

  #note(row: { is_left: boolean } | undefined): void {
    if (row?.is_left) this.isLeft = true;
  }
}
