import { and, eq, getTableColumns, type SQL, sql } from 'drizzle-orm';
import type { LoggedCall } from '../changes/change-log.js';
import type { Transaction } from '../db/database.js';
import { statementTime } from '../db/statement-time.js';
import { type CallRow, callReferences, calls } from '../db/tables/calls.js';
import { refuseUnknown } from '../refusal.js';
import type { CallTarget } from './call-target.js';

type Insertable = Omit<
  typeof calls.$inferInsert,
  'organizationId' | 'id' | 'revision' | 'changeLabel' | 'createdAt' | 'updatedAt'
>;

/** What a write may set of a call; revision, label and updatedAt follow by themselves. */
export type CallValues = { [Column in keyof Insertable]?: Insertable[Column] | SQL };

/** A call as this transaction saved it, and when: the time that its log rows bear. */
export type SavedCall = LoggedCall;

/**
 * Locks the call, then reads it; NOT_FOUND at the target's path when there is no such call. A record that
 * was joined into another, also while this waited for its lock, answers with that one.
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

/**
 * Takes the locks of several calls in the order of their ids, and reads them behind the locks. They are no records that
 * were joined into another call.
 */
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

/**
 * Writes to a locked call, and advances its label for the log row that follows, to `label` at least. `effective` says
 * whether the mutation changes anything: it alone raises the revision and updatedAt, by one mutation once.
 */
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

/** The same to several locked calls of an organization in one statement. */
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

/** The label of a locked call's next row in the log: no less than those before it, and than the one that is given. */
export const nextLabel = (label: string): SQL =>
  sql`next_change_label(greatest(${calls.changeLabel}, ${label}::bigint))`;

/** A new call at revision 1. */
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
