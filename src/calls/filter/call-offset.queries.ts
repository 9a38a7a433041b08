import { and, desc, eq, isNotNull, isNull, type SQL, sql } from 'drizzle-orm';
import { unionAll } from 'drizzle-orm/pg-core';
import type { Db } from '../../db/database.js';
import type { Conditions } from '../../db/lists/conditions.js';
import { whole } from '../../db/lists/conditions.js';
import { countOf } from '../../db/lists/totals.js';
import { ALL_COLUMNS, type ShownCall } from '../../db/tables/call-columns.js';
import { callReferences, calls } from '../../db/tables/calls.js';
import { searchFold } from '../../foundation/search-text.js';
import type { CallSystem } from '../call.enums.js';
import { callConditions } from './call-filter.queries.js';
import type { CallFilter } from './call-filter.values.js';

/** A list as a vendor pages it: by how many come before. */
export interface CallSlice {
  filter: CallFilter;
  /** Parts of texts, in whichever case. */
  parts: CallParts;
  skip: number;
  limit: number;
}

export interface CallParts {
  customerNumber?: string;
  assistantName?: string;
  reference?: { system: CallSystem; name: string; part: string };
}

const MOST_ROWS = 2_147_483_647;

export function callOffsetQueries(db: Db) {
  return {
    /** Those that started last come first; those without a start come last. */
    slice: (organizationId: string, slice: CallSlice): Promise<ShownCall[]> => {
      const { skip, limit } = slice;
      const given = conditionsOf(organizationId, slice);
      const conditions = whole(given);
      const found = (part?: SQL) =>
        db
          .select({ id: calls.id, startedAt: calls.startedAt })
          .from(calls)
          .where(and(eq(calls.organizationId, organizationId), conditions, part));
      const newest = (part: SQL) =>
        found(part)
          .orderBy(desc(calls.startedAt), desc(calls.id))
          .limit(skip + limit);
      // What may be anywhere in the list is found by its own index, not by a walk through all. The limit keeps both apart.
      const rows =
        given.scattered.length > 0
          ? db.select().from(found().limit(MOST_ROWS).as('found')).$dynamic()
          : unionAll(newest(isNotNull(calls.startedAt)), newest(isNull(calls.startedAt))).$dynamic();
      const ids = rows
        .orderBy(sql`started_at desc nulls last`, sql`id desc`)
        .limit(limit)
        .offset(skip)
        .as('ids');
      return db
        .select(ALL_COLUMNS.columns)
        .from(ids)
        .innerJoin(calls, and(eq(calls.organizationId, organizationId), eq(calls.id, ids.id)))
        .orderBy(sql`${calls.startedAt} desc nulls last`, desc(calls.id));
    },

    sliceTotal: (organizationId: string, slice: Pick<CallSlice, 'filter' | 'parts'>) =>
      countOf(db, calls, organizationId, conditionsOf(organizationId, slice)),
  };
}

function conditionsOf(
  organizationId: string,
  { filter, parts }: Pick<CallSlice, 'filter' | 'parts'>,
): Conditions {
  const { customerNumber, assistantName, reference } = parts;
  const conditions = callConditions(organizationId, filter);
  const rest = [
    ...(customerNumber === undefined ? [] : [hasPart(calls.customerNumber, customerNumber)]),
    ...(assistantName === undefined ? [] : [hasPart(sql`${calls.assistant} ->> 'name'`, assistantName)]),
    ...(reference === undefined ? [] : [referenceHasPart(organizationId, reference)]),
  ];
  return { ...conditions, rest: [...conditions.rest, ...rest] };
}

const hasPart = (text: SQL | typeof calls.customerNumber | typeof callReferences.value, part: string): SQL =>
  sql`strpos(search_fold(${text}), ${searchFold(part)}::text) > 0`;

function referenceHasPart(
  organizationId: string,
  { system, name, part }: NonNullable<CallParts['reference']>,
): SQL {
  return sql`exists (select from ${callReferences} where ${callReferences.organizationId} = ${organizationId}
    and ${callReferences.callId} = "calls"."id" and ${callReferences.system} = ${system}
    and ${callReferences.name} = ${name} and ${hasPart(callReferences.value, part)})`;
}
