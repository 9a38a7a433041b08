import { and, asc, eq, inArray, sql } from 'drizzle-orm';
import type { Transaction } from '../db/database.js';
import { newId } from '../db/new-id.js';
import { callGroupMembers, callGroups } from '../db/tables/calls.js';

export interface GroupName {
  kind: string;
  key: string;
}

export type GroupRow = GroupName & { id: string };

/**
 * The groups of these names, made where they are new. Taken before references and calls are locked, in the order of
 * their names: two that make the same groups wait for each other, and never in a circle.
 */
export async function ensureGroups(
  tx: Transaction,
  organizationId: string,
  names: GroupName[],
): Promise<GroupRow[]> {
  if (names.length === 0) return [];
  const distinct = [...new Map(names.map(({ kind, key }) => [JSON.stringify([kind, key]), { kind, key }]))]
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([, name]) => name);
  await tx
    .insert(callGroups)
    .values(distinct.map((name) => ({ ...name, organizationId, id: newId().id })))
    .onConflictDoNothing();
  return tx
    .select({ id: callGroups.id, kind: callGroups.kind, key: callGroups.key })
    .from(callGroups)
    .where(
      and(
        eq(callGroups.organizationId, organizationId),
        inArray(
          sql`(${callGroups.kind}, ${callGroups.key})`,
          distinct.map(({ kind, key }) => sql`(${kind}, ${key})`),
        ),
      ),
    );
}

/** The groups that a call is in, by kind and key. */
export function groupsOf(tx: Transaction, organizationId: string, callId: string) {
  return tx
    .select({ id: callGroups.id, kind: callGroups.kind, key: callGroups.key })
    .from(callGroupMembers)
    .innerJoin(
      callGroups,
      and(
        eq(callGroups.organizationId, callGroupMembers.organizationId),
        eq(callGroups.id, callGroupMembers.groupId),
      ),
    )
    .where(and(eq(callGroupMembers.organizationId, organizationId), eq(callGroupMembers.callId, callId)))
    .orderBy(asc(callGroups.kind), asc(callGroups.key));
}

/** Adds a locked call to groups that it is not in. */
export async function joinGroups(
  tx: Transaction,
  organizationId: string,
  callId: string,
  groups: GroupRow[],
): Promise<void> {
  if (groups.length === 0) return;
  await tx.insert(callGroupMembers).values(groups.map(({ id }) => ({ organizationId, groupId: id, callId })));
}
