import { and, asc, desc, eq, getTableColumns, type SQL, sql } from 'drizzle-orm';
import { groupId } from '../calls/filter/call-filter.queries.js';
import type { Db } from '../db/database.js';
import { type Conditions, choice, inOneForm, instantWithin } from '../db/lists/conditions.js';
import { linkedCounts, linkedPage } from '../db/lists/linked.js';
import { listById } from '../db/lists/list.js';
import { countOf } from '../db/lists/totals.js';
import type { RequestedFields } from '../db/loading/loader-set.js';
import { keys, organization } from '../db/loading/placeholders.js';
import { type CallEventRow, callEventCalls, callEvents, matchRules } from '../db/tables/call-events.js';
import { shownJson } from '../db/tables/columns.js';
import type { JsonText } from '../foundation/json-text.js';
import type { Page } from '../foundation/page.js';
import type { CallEventFilter } from './call-event-filter.values.js';

const EVENTS_OF_CALL = {
  table: callEventCalls,
  organizationId: callEventCalls.organizationId,
  owner: callEventCalls.callId,
  id: callEventCalls.eventId,
};

export type ShownEvent = Omit<CallEventRow, 'metadata'> & { metadata: JsonText | undefined };

const { metadata, ...SMALL } = getTableColumns(callEvents);
export const EVENT = {
  ...SMALL,
  metadata: shownJson(metadata, 'metadata') as SQL.Aliased<JsonText | undefined>,
};

function eventColumns(requestedFields: RequestedFields): { name: string; columns: typeof EVENT } {
  const isShown = requestedFields?.has('metadata') ?? true;
  return isShown ? { name: 'all', columns: EVENT } : { name: 'small', columns: SMALL as typeof EVENT };
}

export function callEventQueries(db: Db) {
  return {
    byIds: db
      .select(EVENT)
      .from(callEvents)
      .where(and(eq(callEvents.organizationId, organization), sql`${callEvents.id} = any(${keys})`))
      .prepare('call_events_by_ids'),

    /** Deleted rules too: an event shows the rule that found its call. */
    rulesByIds: db
      .select()
      .from(matchRules)
      .where(and(eq(matchRules.organizationId, organization), sql`${matchRules.id} = any(${keys})`))
      .prepare('match_rules_by_ids'),

    /** A row for each candidate of an AMBIGUOUS event, newest first, of the rule that would decide now. */
    candidates: db
      .select({
        event: sql<string>`${callEvents.id}`.as('candidate_of'),
        rule: sql<string>`rule_id`,
        call: sql<string>`candidate`,
      })
      .from(callEvents)
      .innerJoin(
        sql`lateral find_match(${callEvents}.organization_id, ${callEvents}.metadata, ${callEvents}.event_time) decided`,
        sql`true`,
      )
      .innerJoin(
        sql`lateral (select c.candidate from match_rules r cross join lateral match_candidates(r,
          match_value(${callEvents}.metadata, r.metadata_path, r.call_field), ${callEvents}.event_time) c(candidate)
          where r.organization_id = ${callEvents}.organization_id and r.id = decided.rule_id) candidates`,
        sql`true`,
      )
      .where(
        and(
          eq(callEvents.organizationId, organization),
          sql`${callEvents.id} = any(${keys})`,
          eq(callEvents.match, 'AMBIGUOUS'),
        ),
      )
      .orderBy(sql`candidate desc`)
      .prepare('event_candidates'),

    page: (organizationId: string, filter: CallEventFilter, page: Page, requestedFields: RequestedFields) =>
      listById<typeof callEvents, ShownEvent>(db, callEvents, {
        organizationId,
        filter,
        conditions: eventConditions(organizationId, filter),
        page,
        columns: eventColumns(requestedFields),
      }),

    count: (organizationId: string, filter: CallEventFilter) =>
      countOf(db, callEvents, organizationId, eventConditions(organizationId, filter)),

    pagesOfCalls: (
      organizationId: string,
      callIds: string[],
      page: Page,
      requestedFields: RequestedFields,
    ) => {
      const ids = linkedPage(db, organizationId, EVENTS_OF_CALL, callIds, page);
      return db
        .select({ ...eventColumns(requestedFields).columns, owner: ids.owner })
        .from(ids)
        .innerJoin(callEvents, and(eq(callEvents.organizationId, organizationId), eq(callEvents.id, ids.id)))
        .orderBy((page.forward ? desc : asc)(callEvents.id));
    },

    countsOfCalls: (organizationId: string, callIds: string[]) =>
      linkedCounts(db, organizationId, EVENTS_OF_CALL, callIds),
  };
}

function eventConditions(organizationId: string, filter: CallEventFilter): Conditions {
  const { match, sessionId, eventId, group, eventTime } = filter;
  const all = [
    ...(sessionId === undefined ? [] : [eq(callEvents.sessionId, sessionId)]),
    ...(eventId === undefined ? [] : [eq(callEvents.eventId, eventId)]),
    ...(group === undefined ? [] : [eq(callEvents.groupId, groupId(organizationId, group.kind, group.key))]),
  ];
  const scattered = inOneForm(instantWithin(callEvents.eventTime, eventTime));
  const choices = match === undefined ? [] : [choice(callEvents.match, match)];
  return { always: [], all, choices, scattered, rest: [] };
}

export type CallEventQueries = ReturnType<typeof callEventQueries>;
export type LinkedEventRow = Awaited<ReturnType<CallEventQueries['pagesOfCalls']>>[number];
