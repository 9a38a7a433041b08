import { and, asc, desc, eq, isNull, type SQL, sql } from 'drizzle-orm';
import type { Db } from '../db/database.js';
import { whole } from '../db/lists/conditions.js';
import { type Link, linkedCounts, linkedPage } from '../db/lists/linked.js';
import { ownTotals, rowsOf } from '../db/lists/totals.js';
import { valueOrder, valueRange } from '../db/lists/value-list.js';
import type { CallColumns } from '../db/tables/call-columns.js';
import { callEventCalls, callEventRefusals } from '../db/tables/call-events.js';
import { callGroupMembers, calls } from '../db/tables/calls.js';
import type { Page } from '../foundation/page.js';
import { callConditions } from './filter/call-filter.queries.js';
import type { CallFilter, CallOrder, CallPosition } from './filter/call-filter.values.js';
import { CALL_VALUES } from './filter/call-list.queries.js';

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

    /** Sorts what an owner has: filters and orders have indexes for all calls of the organization. */
    filteredPages: (
      organizationId: string,
      link: FilteredLink,
      owners: string[],
      { filter, order, ...page }: FilteredCalls,
      { columns }: CallColumns,
    ) => {
      const value = order.field === 'CREATED_AT' ? { ...CREATED, of: calls.id } : CALL_VALUES[order.field];
      const list = { direction: order.direction, page: order.field === 'CREATED_AT' ? byId(page) : page };
      const found = db
        .select({ id: sql<string>`${calls.id}`.as('linked_id') })
        .from(calls)
        .where(
          and(
            ownedBy(organizationId, link, sql`wanted.owner`),
            whole(callConditions(organizationId, filter)),
            ...valueRange(value, calls.id, list),
          ),
        )
        .orderBy(...valueOrder(value, calls.id, list))
        .limit(page.limit + 1)
        .as('linked');
      return db
        .select({ ...columns, owner: sql<string>`wanted.owner`.as('owner') })
        .from(sql`unnest(${sql.param(owners)}::uuid[]) wanted(owner)`)
        .crossJoinLateral(found)
        .innerJoin(calls, and(eq(calls.organizationId, organizationId), eq(calls.id, found.id)))
        .orderBy(...valueOrder(value, calls.id, list));
    },

    filteredCounts: (organizationId: string, link: FilteredLink, owners: string[], filter: CallFilter) =>
      ownTotals(db, owners, (owner) => {
        const own = ownedBy(organizationId, link, owner);
        return rowsOf(db, calls, and(own, whole(callConditions(organizationId, filter))));
      }),
  };
}

export type FilteredLink = 'children' | 'group';
export interface FilteredCalls extends Page<CallPosition> {
  filter: CallFilter;
  order: CallOrder;
}

const CREATED = { name: sql`id`, nullable: false };

const byId = ({ after, before, ...page }: Page<CallPosition>): Page<CallPosition> => ({
  ...page,
  after: after && { id: after.id, value: after.id },
  before: before && { id: before.id, value: before.id },
});

function ownedBy(organizationId: string, link: FilteredLink, owner: SQL): SQL | undefined {
  const own = eq(calls.organizationId, organizationId);
  if (link === 'children') return and(own, sql`${calls.parentId} = ${owner}`);
  return and(
    own,
    sql`${calls.id} in (select ${callGroupMembers.callId} from ${callGroupMembers}
      where ${callGroupMembers.organizationId} = ${organizationId} and ${callGroupMembers.groupId} = ${owner})`,
  );
}

export type LinkedCallRow = Awaited<ReturnType<ReturnType<typeof linkedCallQueries>['linkedPages']>>[number];
