import { and, asc, count, desc, eq, gt, lt, sql } from 'drizzle-orm';
import type { Db } from '../db/database.js';
import { keys, organization } from '../db/loading/placeholders.js';
import { callFlowCommands, callFlows, FLOW_COLUMNS } from '../db/tables/call-flows.js';
import { calls } from '../db/tables/calls.js';
import type { Page } from '../foundation/page.js';
import type { CallFlowStatus } from './call-flow.enums.js';
import { FLOW, type FlowColumns } from './call-flow-columns.queries.js';

const itsCall = and(eq(calls.organizationId, callFlows.organizationId), eq(calls.id, callFlows.callId));

export function callFlowQueries(db: Db) {
  return {
    byIds: db
      .select(FLOW)
      .from(callFlows)
      .innerJoin(calls, itsCall)
      .where(and(eq(callFlows.organizationId, organization), sql`${callFlows.id} = any(${keys})`))
      .prepare('call_flows_by_ids'),

    activeByCallIds: ({ name, columns }: FlowColumns) =>
      db
        .select(columns)
        .from(calls)
        .innerJoin(callFlows, and(itsCall, eq(callFlows.revision, calls.flowRevision)))
        .where(and(eq(calls.organizationId, organization), sql`${calls.id} = any(${keys})`))
        .prepare(`active_call_flows_by_call_ids_${name}`),

    commandsByFlowIds: db
      .select()
      .from(callFlowCommands)
      .where(
        and(
          eq(callFlowCommands.organizationId, organization),
          sql`${callFlowCommands.flowId} = any(${keys})`,
        ),
      )
      .orderBy(asc(callFlowCommands.position))
      .prepare('commands_by_flow_ids'),

    commandsByIds: db
      .select()
      .from(callFlowCommands)
      .where(
        and(eq(callFlowCommands.organizationId, organization), sql`${callFlowCommands.id} = any(${keys})`),
      )
      .prepare('commands_by_ids'),

    /** Newest first; positions are revisions. */
    pages: (organizationId: string, callIds: string[], { limit, forward, after, before }: Page<number>) => {
      const page = db
        .select(FLOW_COLUMNS)
        .from(callFlows)
        .where(
          and(
            eq(callFlows.organizationId, organizationId),
            sql`${callFlows.callId} = ${calls}.id`,
            after === null ? undefined : lt(callFlows.revision, after),
            before === null ? undefined : gt(callFlows.revision, before),
          ),
        )
        .orderBy(forward ? desc(callFlows.revision) : asc(callFlows.revision))
        .limit(limit + 1)
        .as('page');
      const { organizationId: owner, id, callId, revision, vendorId, createdAt } = page;
      const status = sql<CallFlowStatus>`case when ${calls.flowRevision} = ${revision} then 'ACTIVE' else 'SUPERSEDED' end`;
      return db
        .select({ organizationId: owner, id, callId, revision, vendorId, createdAt, status })
        .from(calls)
        .crossJoinLateral(page)
        .where(and(eq(calls.organizationId, organizationId), sql`${calls.id} = any(${sql.param(callIds)})`))
        .orderBy(forward ? desc(revision) : asc(revision));
    },

    counts: (organizationId: string, callIds: string[]) =>
      db
        .select({ owner: callFlows.callId, total: count() })
        .from(callFlows)
        .where(
          and(
            eq(callFlows.organizationId, organizationId),
            sql`${callFlows.callId} = any(${sql.param(callIds)})`,
          ),
        )
        .groupBy(callFlows.callId),
  };
}

export type CallFlowQueries = ReturnType<typeof callFlowQueries>;
export type CallFlowRow = Awaited<ReturnType<CallFlowQueries['byIds']['execute']>>[number];
