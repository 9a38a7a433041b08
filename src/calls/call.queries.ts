import { and, asc, eq, sql } from 'drizzle-orm';
import type { Db } from '../db/database.js';
import { onceFor } from '../db/loading/once-for.js';
import { keys, organization } from '../db/loading/placeholders.js';
import type { CallColumns } from '../db/tables/call-columns.js';
import { callGroupMembers, callGroups, callReferences, calls } from '../db/tables/calls.js';
import { callListQueries } from './filter/call-list.queries.js';
import { callOffsetQueries } from './filter/call-offset.queries.js';
import { searchQueries } from './filter/call-search.queries.js';
import { linkedCallQueries } from './linked-calls.queries.js';

export function callQueries(db: Db) {
  return {
    byIds: (columns: CallColumns) =>
      db
        .select(columns.columns)
        .from(calls)
        .where(and(eq(calls.organizationId, organization), sql`${calls.id} = any(${keys})`))
        .prepare(`calls_by_ids_${columns.name}`),

    byReference: onceFor(({ name, columns }: CallColumns) =>
      db
        .select(columns)
        .from(callReferences)
        .innerJoin(
          calls,
          and(eq(calls.organizationId, callReferences.organizationId), eq(calls.id, callReferences.callId)),
        )
        .where(
          and(
            eq(callReferences.organizationId, organization),
            eq(callReferences.system, sql.placeholder('system')),
            eq(callReferences.name, sql.placeholder('name')),
            eq(callReferences.value, sql.placeholder('value')),
          ),
        )
        .prepare(`call_by_reference_${name}`),
    ),

    referencesByCallIds: db
      .select()
      .from(callReferences)
      .where(
        and(eq(callReferences.organizationId, organization), sql`${callReferences.callId} = any(${keys})`),
      )
      .orderBy(asc(callReferences.position))
      .prepare('references_by_call_ids'),

    groupsByCallIds: db
      .select({
        callId: callGroupMembers.callId,
        id: callGroups.id,
        kind: callGroups.kind,
        key: callGroups.key,
      })
      .from(callGroupMembers)
      .innerJoin(
        callGroups,
        and(
          eq(callGroups.organizationId, callGroupMembers.organizationId),
          eq(callGroups.id, callGroupMembers.groupId),
        ),
      )
      .where(
        and(
          eq(callGroupMembers.organizationId, organization),
          sql`${callGroupMembers.callId} = any(${keys})`,
        ),
      )
      .orderBy(asc(callGroups.kind), asc(callGroups.key))
      .prepare('groups_by_call_ids'),

    groupsByIds: db
      .select()
      .from(callGroups)
      .where(and(eq(callGroups.organizationId, organization), sql`${callGroups.id} = any(${keys})`))
      .prepare('groups_by_ids'),

    groupByName: db
      .select()
      .from(callGroups)
      .where(
        and(
          eq(callGroups.organizationId, organization),
          eq(callGroups.kind, sql.placeholder('kind')),
          eq(callGroups.key, sql.placeholder('key')),
        ),
      )
      .prepare('group_by_name'),

    ...callListQueries(db),
    ...searchQueries(db),
    ...callOffsetQueries(db),
    ...linkedCallQueries(db),
  };
}

export type CallQueries = ReturnType<typeof callQueries>;
