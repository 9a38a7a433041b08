import { and, asc, eq, sql } from 'drizzle-orm';
import { appendChanges } from '../changes/change-log.js';
import type { Transaction } from '../db/database.js';
import { type CallRow, calls } from '../db/tables/calls.js';
import { refuse } from '../refusal.js';
import { saveCalls } from './call.store.js';
import { type GivenReference, referenceKey } from './call-reference.store.js';

/**
 * Links between calls are made one transaction at a time in an organization: two halves of a circle, each made without
 * seeing the other, would pass the check otherwise. Taken behind the references and before any call.
 */
export async function lockParents(tx: Transaction, organizationId: string): Promise<void> {
  const name = `${organizationId} parents`;
  await tx.execute(sql`select pg_advisory_xact_lock(hashtextextended(${name}::text, 0))`);
}

/** Refuses with INVALID a parent that is one of the calls or descends from one; under the lock of all links. */
export async function refuseCircle(
  tx: Transaction,
  organizationId: string,
  children: string[],
  parentId: string,
  pathOf: (childId: string) => string[],
): Promise<void> {
  const [ancestor] = await tx.execute<{ id: string }>(sql`
    with recursive line(id, parent_id) as (
      select id, parent_id from calls where organization_id = ${organizationId} and id = ${parentId}
      union
      select c.id, c.parent_id from calls c join line on c.id = line.parent_id
      where c.organization_id = ${organizationId}
    )
    select id from line where id = any(${sql.param(children)}::uuid[])`);
  if (ancestor === undefined) return;
  refuse(
    'INVALID',
    'A call cannot be its own parent, nor the parent of one it descends from',
    pathOf(ancestor.id),
  );
}

/**
 * Links the calls that wait for one of a call's new references as their parent; each is a change of that call. Under
 * the lock of all links.
 */
export async function adoptWaiting(
  tx: Transaction,
  parent: CallRow,
  waiting: string[],
  references: GivenReference[],
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
  // This very mutation may have given one of them another parent.
  const children = locked.filter(({ parentValue }) => parentValue !== null);
  const ids = children.map(({ id }) => id);
  if (ids.length === 0) return;
  const awaited = new Map(children.map((child) => [child.id, referenceKey(awaitedBy(child))]));
  const path = (childId: string) =>
    references.find((reference) => referenceKey(reference) === awaited.get(childId))?.path ?? [];
  await refuseCircle(tx, organizationId, ids, parent.id, path);
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
    throw new Error('a call that waits for its parent has no reference to wait for');
  }
  return { system: parentSystem, name: parentName, value: parentValue };
}
