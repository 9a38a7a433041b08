import { and, eq, inArray } from 'drizzle-orm';
import { lockCalls } from '../../calls/call.store.js';
import type { CallTarget } from '../../calls/reference/call-target.values.js';
import type { Transaction } from '../../db/database.js';
import { type CallRow, callReferences, calls } from '../../db/tables/calls.js';
import { refuse, refuseUnknown } from '../../foundation/refusal.js';

type Pair =
  | { call: CallRow; duplicate: CallRow; children: CallRow[] }
  /** The duplicate was joined into the call before. */
  | { joined: CallRow; duplicateId: string };

/**
 * Locks the records and the duplicate's children in the order of their ids. Requires the exclusive intake lock, so the
 * children cannot change.
 * @throws Refusal NOT_FOUND, INVALID (both targets are one call)
 */
export async function lockPair(
  tx: Transaction,
  organizationId: string,
  target: CallTarget,
  duplicate: CallTarget,
): Promise<Pair> {
  const [into, from] = [await idsOf(tx, organizationId, target), await idsOf(tx, organizationId, duplicate)];
  const children = await childIds(tx, organizationId, from.present);
  await lockJoined(tx, organizationId, [into.present, from.present]);
  const ids = [...new Set([into.present, from.present, ...children])];
  const locked = new Map((await lockCalls(tx, organizationId, ids)).map((call) => [call.id, call]));
  const [call, other] = [locked.get(into.present), locked.get(from.present)];
  if (call === undefined || other === undefined) throw new Error('a call vanished while it was to be joined');
  if (call.id !== other.id) {
    const rows = children.flatMap((id) => (id === call.id ? [] : (locked.get(id) ?? [])));
    return { call, duplicate: other, children: rows };
  }
  if (from.named !== into.named) return { joined: call, duplicateId: from.named };
  return refuse('INVALID', 'Call and duplicate are already one call', duplicate.path, { call });
}

export async function idsOf(
  tx: Transaction,
  organizationId: string,
  target: CallTarget,
): Promise<{ named: string; present: string }> {
  const { system, name, value, callId } = callReferences;
  const own = eq(calls.organizationId, organizationId);
  const query = tx.select({ named: calls.id, joinedInto: calls.joinedInto }).from(calls);
  const [found] =
    'id' in target
      ? await query.where(and(own, eq(calls.id, target.id)))
      : await query
          .innerJoin(
            callReferences,
            and(eq(callReferences.organizationId, organizationId), eq(callId, calls.id)),
          )
          .where(
            and(
              own,
              eq(system, target.reference.system),
              eq(name, target.reference.name),
              eq(value, target.reference.value),
            ),
          );
  if (found === undefined) return refuseUnknown('Call', target, 'id' in target ? 'id' : 'reference');
  return { named: found.named, present: found.joinedInto ?? found.named };
}

/** Writers lock a joined record first and then its call; this takes the same order. */
async function lockJoined(tx: Transaction, organizationId: string, ids: string[]): Promise<void> {
  await tx
    .select({ id: calls.id })
    .from(calls)
    .where(and(eq(calls.organizationId, organizationId), inArray(calls.joinedInto, ids)))
    .orderBy(calls.id)
    .for('no key update');
}

async function childIds(tx: Transaction, organizationId: string, parentId: string): Promise<string[]> {
  const rows = await tx
    .select({ id: calls.id })
    .from(calls)
    .where(and(eq(calls.organizationId, organizationId), eq(calls.parentId, parentId)));
  return rows.map(({ id }) => id);
}
