import { and, eq, type SQL, sql } from 'drizzle-orm';
import { type Difference, NO_DIFFERENCE } from '../changes/change-log.js';
import type { Transaction } from '../db/database.js';
import { rowsOf } from '../db/insert-rows.js';
import { newUuid } from '../db/new-id.js';
import { callGroupMembers, callGroups } from '../db/tables/calls.js';

export interface GroupName {
  kind: string;
  key: string;
}

export type GroupRow = GroupName & { id: string };

/** A group's name as one text that no other group has. */
export function groupKey({ kind, key }: GroupName): string {
  return JSON.stringify([kind, key]);
}

/** Groups in the order of their kinds and keys, whoever brought them and when. */
export function inOrder<G extends GroupName>(groups: readonly G[]): G[] {
  return groups.toSorted((one, other) => (groupKey(one) < groupKey(other) ? -1 : 1));
}

/**
 * The groups of these names, made where they are new; `created` are the ids of those. Taken before references and calls
 * are locked, in the order of their names: two that make the same groups wait for each other, and never in a circle.
 * Held until the transaction ends, so that an event for a group finds either the new member or the lock.
 */
export async function ensureGroups(
  tx: Transaction,
  organizationId: string,
  names: GroupName[],
): Promise<{ groups: GroupRow[]; created: string[] }> {
  if (names.length === 0) return { groups: [], created: [] };
  const wanted = await wantedGroups(tx, names);
  const created = await makeGroups(tx, organizationId, wanted);
  const groups = await tx.execute<{ id: string; kind: string; key: string }>(sql`
    select g.id, g.kind, g.key from ${wanted}
    join call_groups g on g.organization_id = ${organizationId} and g.kind = v.kind and g.key = v.key
    order by v.ordinality for key share of g`);
  return { groups: [...groups], created };
}

function wantedGroups(tx: Transaction, names: GroupName[]): Promise<SQL> {
  const distinct = new Map(names.map(({ kind, key }) => [groupKey({ kind, key }), { kind, key }]));
  const wanted = inOrder([...distinct.values()]).map((name) => ({ ...name, id: newUuid() }));
  return rowsOf(tx, callGroups, wanted);
}

async function makeGroups(tx: Transaction, organizationId: string, wanted: SQL): Promise<string[]> {
  const created = await tx.execute<{
    id: string;
  }>(sql`insert into ${callGroups} (organization_id, id, kind, key)
    select ${organizationId}::uuid, v.id, v.kind, v.key from ${wanted} order by v.ordinality
    on conflict do nothing returning id`);
  return created.map(({ id }) => id);
}

/**
 * The group of the name, made where it is new, and locked against everybody who joins it. At once, and not first as one
 * who joins would: two that both did so would wait for each other.
 */
export async function lockGroup(tx: Transaction, organizationId: string, name: GroupName): Promise<string> {
  await makeGroups(tx, organizationId, await wantedGroups(tx, [name]));
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
  if (group === undefined) throw new Error('a group vanished that was just made');
  return group.id;
}

/** Takes back groups that this transaction made for writes that were refused after all. */
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

/** The groups that a call is in, by kind and key. */
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

/** Puts a call in the groups of another, which leaves them; events for groups wait meanwhile for the intake's lock. */
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
