import { sql } from 'drizzle-orm';
import type { Transaction } from '../db/database.js';
import { rowsOf } from '../db/insert-rows.js';
import { newId } from '../db/new-id.js';
import { callGroups } from '../db/tables/calls.js';

export interface GroupName {
  kind: string;
  key: string;
}

export type GroupRow = GroupName & { id: string };

/** A group's name as one text that no other group has. */
export function groupKey({ kind, key }: GroupName): string {
  return JSON.stringify([kind, key]);
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
  const distinct = [...new Map(names.map(({ kind, key }) => [groupKey({ kind, key }), { kind, key }]))]
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([, name]) => name);
  const wanted = rowsOf(
    callGroups,
    distinct.map((name) => ({ ...name, id: newId().id })),
  );
  const created = await tx.execute<{ id: string }>(sql`
    insert into call_groups (organization_id, id, kind, key)
    select ${organizationId}::uuid, v.id, v.kind, v.key from ${wanted} order by v.ordinality
    on conflict do nothing returning id`);
  const groups = await tx.execute<{ id: string; kind: string; key: string }>(sql`
    select g.id, g.kind, g.key from ${wanted}
    join call_groups g on g.organization_id = ${organizationId} and g.kind = v.kind and g.key = v.key
    order by v.ordinality for key share of g`);
  return { groups: [...groups], created: created.map(({ id }) => id) };
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
