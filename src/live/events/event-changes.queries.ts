import { and, asc, eq, isNotNull, sql } from 'drizzle-orm';
import type { Db } from '../../db/database.js';
import { callEvents } from '../../db/tables/call-events.js';
import { callGroups } from '../../db/tables/calls.js';
import { EVENT } from '../../events/call-event.queries.js';
import { ROW_PAGE } from '../rows/changed-row.values.js';

const organization = sql.placeholder('organization');

export const eventChangesQuery = (db: Db) =>
  db
    .select({
      ...EVENT,
      version: sql<string>`${callEvents}.xmin::text`,
      groupKind: callGroups.kind,
      groupKey: callGroups.key,
    })
    .from(callEvents)
    .leftJoin(
      callGroups,
      and(eq(callGroups.organizationId, callEvents.organizationId), eq(callGroups.id, callEvents.groupId)),
    )
    .where(
      and(
        eq(callEvents.organizationId, organization),
        // The index is partial, and Postgres does not conclude this from the comparison of rows.
        isNotNull(callEvents.updatedAt),
        sql`(${callEvents.updatedAt}, ${callEvents.id})
          > (${sql.placeholder('time')}::timestamptz, ${sql.placeholder('id')}::uuid)`,
      ),
    )
    .orderBy(asc(callEvents.updatedAt), asc(callEvents.id))
    .limit(ROW_PAGE)
    .prepare('events_changed');

export type ChangedEvent = Awaited<ReturnType<ReturnType<typeof eventChangesQuery>['execute']>>[number];
