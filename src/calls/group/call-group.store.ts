import { and, eq, type SQL, sql } from 'drizzle-orm';
import { type Difference, NO_DIFFERENCE } from '../../changes/change-log.js';
import type { Transaction } from '../../db/database.js';
import { rowsOf } from '../../db/insert-rows.js';
import { callGroupMembers, callGroups } from '../../db/tables/calls.js';
import { newUuid } from '../../foundation/new-id.js';
import type { GroupName } from './call-group.values.js';

export type GroupRow = GroupName & { id: string };

export function groupKey({ kind, key }: GroupName): string {
  return JSON.stringify([kind, key]);
}

export function sortedGroups<G extends GroupName>(groups: readonly G[]): G[] {
  return groups.toSorted((one, other) => (groupKey(one) < groupKey(other) ? -1 : 1));
}

/**
 * `created` are the ids of the new groups. Call it before references and calls are locked. Locks in the order of the
 * names, against deadlocks, until the commit: an event for a group finds the new member or the lock.
 */
export async function ensureGroups(
  tx: Transaction,
  organizationId: string,
  names: GroupName[],
): Promise<{ groups: GroupRow[]; created: string[] }> {
  if (names.length === 0) return { groups: [], created: [] };
  const requested = await groupRows(tx, names);
  const created = await makeGroups(tx, organizationId, requested);
  const groups = await tx.execute<{ id: string; kind: string; key: string }>(sql`
    select g.id, g.kind, g.key from ${requested}
    join call_groups g on g.organization_id = ${organizationId} and g.kind = v.kind and g.key = v.key
    order by v.ordinality for key share of g`);
  return { groups: [...groups], created };
}

function groupRows(tx: Transaction, names: GroupName[]): Promise<SQL> {
  const distinct = new Map(names.map(({ kind, key }) => [groupKey({ kind, key }), { kind, key }]));
  const requested = sortedGroups([...distinct.values()]).map((name) => ({ ...name, id: newUuid() }));
  return rowsOf(tx, callGroups, requested);
}

async function makeGroups(tx: Transaction, organizationId: string, requested: SQL): Promise<string[]> {
  const created = await tx.execute<{
    id: string;
  }>(sql`insert into ${callGroups} (organization_id, id, kind, key)
    select ${organizationId}::uuid, v.id, v.kind, v.key from ${requested} order by v.ordinality
    on conflict do nothing returning id`);
  return created.map(({ id }) => id);
}

/** As `ensureGroups` does, of those that are known: an event for one of the groups comes wholly before or after. */
export async function holdGroups(tx: Transaction, organizationId: string, names: GroupName[]): Promise<void> {
  if (names.length === 0) return;
  await tx.execute(sql`
    select from ${await groupRows(tx, names)}
    join call_groups g on g.organization_id = ${organizationId} and g.kind = v.kind and g.key = v.key
    order by v.ordinality for key share of g`);
}

/**
 * Locks out every transaction that adds a call to the group. Never takes the weaker lock of `ensureGroups` first,
 * because two transactions that upgraded it would deadlock.
 */
export async function lockGroup(tx: Transaction, organizationId: string, name: GroupName): Promise<string> {
  await makeGroups(tx, organizationId, await groupRows(tx, [name]));
  const [group] = await tx
    .select({ id: callGroups.id })
    .from(callGroups)
    .where(
      and(
        eq(callGroups.organizationId, organizationId),
        eq(callGroups.kind, name.kind),
        eq(callGroups.key, name.key),
      ),
    )
    .for('update');
  if (group === undefined) throw new Error('a group that was just created is missing');
  return group.id;
}

export async function dropUnusedGroups(
  tx: Transaction,
  organizationId: string,
  created: string[],
): Promise<void> {
  if (created.length === 0) return;
  await tx.execute(sql`
    delete from call_groups g where g.organization_id = ${organizationId} and g.id = any(${sql.param(created)}::uuid[])
      and not exists (
        select from call_group_members m where m.organization_id = g.organization_id and m.group_id = g.id)`);
}

function groupsOf(tx: Transaction, organizationId: string, callId: string): Promise<GroupName[]> {
  return tx
    .select({ kind: callGroups.kind, key: callGroups.key })
    .from(callGroupMembers)
    .innerJoin(
      callGroups,
      and(
        eq(callGroups.organizationId, callGroupMembers.organizationId),
        eq(callGroups.id, callGroupMembers.groupId),
      ),
    )
    .where(and(eq(callGroupMembers.organizationId, organizationId), eq(callGroupMembers.callId, callId)))
    .orderBy(callGroups.kind, callGroups.key);
}

/** Requires the exclusive intake lock, which holds back events for groups. */
export async function moveGroups(
  tx: Transaction,
  organizationId: string,
  from: string,
  to: string,
): Promise<Difference> {
  const before = await groupsOf(tx, organizationId, to);
  await tx.execute(sql`
    insert into call_group_members (organization_id, group_id, call_id)
    select organization_id, group_id, ${to}::uuid from call_group_members
    where organization_id = ${organizationId} and call_id = ${from}
    on conflict do nothing`);
  await tx
    .delete(callGroupMembers)
    .where(and(eq(callGroupMembers.organizationId, organizationId), eq(callGroupMembers.callId, from)));
  const after = await groupsOf(tx, organizationId, to);
  if (after.length === before.length) return NO_DIFFERENCE;
  return { oldValues: { groups: before }, newValues: { groups: after } };
}
