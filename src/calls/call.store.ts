import { and, eq, getTableColumns, type SQL, sql } from 'drizzle-orm';
import type { LoggedCall } from '../changes/change-log.js';
import { statementTime } from '../db/connection/statement-time.js';
import type { Transaction } from '../db/database.js';
import { type CallRow, callReferences, calls } from '../db/tables/calls.js';
import { refuseUnknown } from '../foundation/refusal.js';
import type { CallTarget } from './reference/call-target.values.js';

type Insertable = Omit<
  typeof calls.$inferInsert,
  'organizationId' | 'id' | 'revision' | 'changeLabel' | 'createdAt' | 'updatedAt'
>;

export type CallValues = { [Column in keyof Insertable]?: Insertable[Column] | SQL };

export type SavedCall = LoggedCall;

/**
 * Resolves a joined record to its call, even one joined while this waited for the lock.
 * @throws Refusal NOT_FOUND at the target's path
 */
export async function lockCall(
  tx: Transaction,
  organizationId: string,
  target: CallTarget,
): Promise<CallRow> {
  let id: string | SQL = callIdOf(tx, organizationId, target);
  for (;;) {
    const [call] = await tx
      .select()
      .from(calls)
      .where(and(eq(calls.organizationId, organizationId), eq(calls.id, id)))
      .for('no key update');
    if (call === undefined) return refuseUnknown('Call', target, 'id' in target ? 'id' : 'reference');
    if (call.joinedInto === null) return call;
    id = call.joinedInto;
  }
}

/** Locks in the order of the ids, against deadlocks. No id may be a joined record's. */
export function lockCalls(tx: Transaction, organizationId: string, ids: string[]): Promise<CallRow[]> {
  return tx
    .select()
    .from(calls)
    .where(and(eq(calls.organizationId, organizationId), sql`${calls.id} = any(${sql.param(ids)}::uuid[])`))
    .orderBy(calls.id)
    .for('no key update');
}

function callIdOf(tx: Transaction, organizationId: string, target: CallTarget): string | SQL {
  if ('id' in target) return target.id;
  const { system, name, value } = target.reference;
  return sql`(${tx
    .select({ callId: callReferences.callId })
    .from(callReferences)
    .where(
      and(
        eq(callReferences.organizationId, organizationId),
        eq(callReferences.system, system),
        eq(callReferences.name, name),
        eq(callReferences.value, value),
      ),
    )})`;
}

/** Requires the call's lock. `effective` raises the revision and updatedAt: pass it once per mutation. */
export async function saveCall(
  tx: Transaction,
  call: CallRow,
  values: CallValues,
  effective = true,
  label = '0',
): Promise<SavedCall> {
  const [saved] = await saveCalls(tx, call.organizationId, [call.id], values, effective, label);
  if (saved === undefined) throw new Error(`call ${call.id} vanished under its lock`);
  return saved;
}

export function saveCalls(
  tx: Transaction,
  organizationId: string,
  ids: string[],
  values: CallValues,
  effective = true,
  label = '0',
): Promise<SavedCall[]> {
  const bumped = effective ? { revision: sql`${calls.revision} + 1`, updatedAt: statementTime } : {};
  return tx
    .update(calls)
    .set({ ...values, ...bumped, changeLabel: nextLabel(label) })
    .where(and(eq(calls.organizationId, organizationId), sql`${calls.id} = any(${sql.param(ids)}::uuid[])`))
    .returning({ ...getTableColumns(calls), recordedAt: statementTime.mapWith(calls.updatedAt) });
}

export const nextLabel = (label: string): SQL =>
  sql`next_change_label(greatest(${calls.changeLabel}, ${label}::bigint))`;

export async function insertCall(
  tx: Transaction,
  organizationId: string,
  { id, createdAt }: { id: string; createdAt: Date },
  values: CallValues,
): Promise<SavedCall> {
  const [saved] = await tx
    .insert(calls)
    .values({
      direction: 'UNKNOWN',
      status: 'UNKNOWN',
      tags: [],
      metadata: {},
      flowRevision: 0,
      ...values,
      organizationId,
      id,
      revision: 1,
      changeLabel: sql`next_change_label(0)`,
      createdAt,
      updatedAt: statementTime,
    })
    .returning();
  if (saved === undefined) throw new Error('an inserted call was not returned');
  return { ...saved, recordedAt: saved.updatedAt };
}
