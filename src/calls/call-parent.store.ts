import { and, asc, eq, sql } from 'drizzle-orm';
import { appendChanges } from '../changes/change-log.js';
import type { Transaction } from '../db/database.js';
import { type CallRow, calls } from '../db/tables/calls.js';
import { saveCalls } from './call.store.js';
import { referenceKey } from './reference/call-reference.store.js';
import type { ReferenceValue } from './reference/call-target.values.js';

/**
 * Two concurrent links could each pass the cycle check and together close a cycle, so every parent change takes this
 * lock: after the references, before any call.
 */
export async function lockParents(tx: Transaction, organizationId: string): Promise<void> {
  const name = `${organizationId} parents`;
  await tx.execute(sql`select pg_advisory_xact_lock(hashtextextended(${name}::text, 0))`);
}

async function ancestorsAmong(
  tx: Transaction,
  organizationId: string,
  callIds: string[],
  parentId: string,
): Promise<Set<string>> {
  const ancestors = await tx.execute<{ id: string }>(sql`
    with recursive ancestry(id, parent_id) as (
      select id, parent_id from calls where organization_id = ${organizationId} and id = ${parentId}
      union
      select c.id, c.parent_id from calls c join ancestry on c.id = ancestry.parent_id
      where c.organization_id = ${organizationId}
    )
    select id from ancestry where id = any(${sql.param(callIds)}::uuid[])`);
  return new Set(ancestors.map(({ id }) => id));
}

export async function adoptWaiting(
  tx: Transaction,
  parent: CallRow,
  waiting: string[],
  references: ReferenceValue[],
  actor: string,
): Promise<void> {
  if (waiting.length === 0) return;
  const { organizationId } = parent;
  const locked = await tx
    .select()
    .from(calls)
    .where(
      and(eq(calls.organizationId, organizationId), sql`${calls.id} = any(${sql.param(waiting)}::uuid[])`),
    )
    .orderBy(asc(calls.id))
    .for('no key update');
  // The same mutation may have given one of them another parent.
  const children = locked.filter(({ parentValue }) => parentValue !== null);
  const waitingIds = children.map(({ id }) => id);
  if (waitingIds.length === 0) return;
  const ancestorIds = await ancestorsAmong(tx, organizationId, waitingIds, parent.id);
  const ids = waitingIds.filter((id) => !ancestorIds.has(id));
  const awaited = new Map(children.map((child) => [child.id, referenceKey(awaitedBy(child))]));
  const linked = await saveCalls(tx, organizationId, ids, {
    parentId: parent.id,
    parentSystem: null,
    parentName: null,
    parentValue: null,
  });
  for (const reference of references) {
    const adopted = linked.filter(({ id }) => awaited.get(id) === referenceKey(reference));
    if (adopted.length === 0) continue;
    const { system, name, value } = reference;
    await appendChanges(tx, adopted, {
      kind: 'UPDATED',
      actor,
      oldValues: { parent: { reference: { system, name, value } } },
      newValues: { parent: { id: parent.id } },
    });
  }
}

function awaitedBy({ parentSystem, parentName, parentValue }: CallRow) {
  if (parentSystem === null || parentName === null || parentValue === null) {
    throw new Error('a call that waits for its parent has no parent reference');
  }
  return { system: parentSystem, name: parentName, value: parentValue };
}
