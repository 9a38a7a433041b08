import { and, asc, desc, eq, isNull } from 'drizzle-orm';
import type { Db } from '../db/database.js';
import { type Link, linkedCounts, linkedPage } from '../db/lists/linked.js';
import type { CallColumns } from '../db/tables/call-columns.js';
import { callEventCalls, callEventRefusals } from '../db/tables/call-events.js';
import { callGroupMembers, calls } from '../db/tables/calls.js';
import type { Page } from '../foundation/page.js';

const LINKS = {
  children: {
    table: calls,
    organizationId: calls.organizationId,
    owner: calls.parentId,
    id: calls.id,
    where: isNull(calls.joinedInto),
  },
  group: {
    table: callGroupMembers,
    organizationId: callGroupMembers.organizationId,
    owner: callGroupMembers.groupId,
    id: callGroupMembers.callId,
  },
  event: {
    table: callEventCalls,
    organizationId: callEventCalls.organizationId,
    owner: callEventCalls.eventId,
    id: callEventCalls.callId,
  },
  refusal: {
    table: callEventRefusals,
    organizationId: callEventRefusals.organizationId,
    owner: callEventRefusals.eventId,
    id: callEventRefusals.callId,
  },
} satisfies Record<string, Link>;
export type CallLink = keyof typeof LINKS;

export function linkedCallQueries(db: Db) {
  return {
    linkedPages: (
      organizationId: string,
      link: CallLink,
      owners: string[],
      page: Page,
      { columns }: CallColumns,
    ) => {
      const ids = linkedPage(db, organizationId, LINKS[link], owners, page);
      return db
        .select({ ...columns, owner: ids.owner })
        .from(ids)
        .innerJoin(calls, and(eq(calls.organizationId, organizationId), eq(calls.id, ids.id)))
        .orderBy((page.forward ? desc : asc)(calls.id));
    },

    linkedCounts: (organizationId: string, link: CallLink, owners: string[]) =>
      linkedCounts(db, organizationId, LINKS[link], owners),
  };
}

export type LinkedCallRow = Awaited<ReturnType<ReturnType<typeof linkedCallQueries>['linkedPages']>>[number];
