import { and, asc, eq, inArray, sql } from 'drizzle-orm';
import { appendChange } from '../changes/change-log.js';
import type { Transaction } from '../db/database.js';
import { type CallRow, calls } from '../db/tables/calls.js';
import { refuse } from '../refusal.js';
import { saveCall } from './call.store.js';
import type { GivenReference } from './call-reference.store.js';

/**
 * Refuses with INVALID a parent from which the call itself descends. Only links are made under this lock, one at a time
 * in an organization: two halves of a circle, each made without seeing the other, would pass the check otherwise.
 */
export async function refuseCircle(
  tx: Transaction,
  organizationId: string,
  callId: string,
  parentId: string,
  path: string[],
): Promise<void> {
  await tx.execute(
    sql`select pg_advisory_xact_lock(hashtextextended(${`${organizationId} parents`}::text, 0))`,
  );
  const ancestors = await tx.execute<{ id: string }>(sql`
    with recursive line(id, parent_id) as (
      select id, parent_id from calls where organization_id = ${organizationId} and id = ${parentId}
      union
      select c.id, c.parent_id from calls c join line on c.id = line.parent_id
      where c.organization_id = ${organizationId}
    )
    select id from line where id = ${callId}`);
  if (ancestors.length > 0) {
    refuse('INVALID', 'A call cannot be its own parent, nor the parent of one it descends from', path);
  }
}

/** Links the calls that wait for one of a call's new references as their parent; each is a change of that call. */
export async function adoptWaitingChildren(
  tx: Transaction,
  parent: CallRow,
  references: GivenReference[],
  actor: string,
): Promise<void> {
  if (references.length === 0) return;
  const { organizationId } = parent;
  const named = references.map(({ system, name, value }) => sql`(${system}, ${name}, ${value})`);
  const waiting = await tx
    .select()
    .from(calls)
    .where(
      and(
        eq(calls.organizationId, organizationId),
        inArray(sql`(${calls.parentSystem}, ${calls.parentName}, ${calls.parentValue})`, named),
        sql`${calls.parentValue} is not null`,
      ),
    )
    .orderBy(asc(calls.id))
    .for('no key update');
  for (const child of waiting) {
    const awaited = { system: child.parentSystem, name: child.parentName, value: child.parentValue };
    await refuseCircle(tx, organizationId, child.id, parent.id, pathOf(awaited, references));
    const linked = await saveCall(tx, child, {
      parentId: parent.id,
      parentSystem: null,
      parentName: null,
      parentValue: null,
    });
    const oldValues = { parent: { reference: awaited } };
    await appendChange(tx, linked, {
      kind: 'UPDATED',
      actor,
      oldValues,
      newValues: { parent: { id: parent.id } },
    });
  }
}

function pathOf(awaited: object, references: GivenReference[]): string[] {
  const { system, name, value } = awaited as GivenReference;
  const found = references.find(
    (each) => each.system === system && each.name === name && each.value === value,
  );
  return found?.path ?? [];
}
