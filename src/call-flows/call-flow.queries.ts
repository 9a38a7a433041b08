import { and, asc, count, desc, eq, gt, lt, sql } from 'drizzle-orm';
import type { Db } from '../db/database.js';
import { callFlowCommands, callFlows, FLOW_COLUMNS, type StoredCommand } from '../db/tables/call-flows.js';
import { calls } from '../db/tables/calls.js';
import type { Page } from '../foundation/page.js';
import type { CallFlowStatus } from './call-flow.enums.js';

const organization = sql.placeholder('organization');
const keys = sql.placeholder('keys');

const flow = {
  ...FLOW_COLUMNS,
  status: sql<CallFlowStatus>`case when ${calls.flowRevision} = ${callFlows.revision} then 'ACTIVE' else 'SUPERSEDED' end`,
};

const commands = sql<FlowCommandRow[]>`(
  select coalesce(json_agg(json_build_object('id', c.id, 'command', c.command, 'status', c.status,
    'vendorId', c.vendor_id, 'conditions', c.conditions, 'options', c.options) order by c.position), '[]')
  from ${callFlowCommands} c
  where c.organization_id = ${callFlows.organizationId} and c.flow_id = ${callFlows.id})`;
const itsCall = and(eq(calls.organizationId, callFlows.organizationId), eq(calls.id, callFlows.callId));

export function callFlowQueries(db: Db) {
  return {
    byIds: db
      .select(flow)
      .from(callFlows)
      .innerJoin(calls, itsCall)
      .where(and(eq(callFlows.organizationId, organization), sql`${callFlows.id} = any(${keys})`))
      .prepare('call_flows_by_ids'),

    activeByCallIds: db
      .select({ ...flow, commands })
      .from(calls)
      .innerJoin(callFlows, and(itsCall, eq(callFlows.revision, calls.flowRevision)))
      .where(and(eq(calls.organizationId, organization), sql`${calls.id} = any(${keys})`))
      .prepare('active_call_flows_by_call_ids'),

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

export type FlowCommandRow = Omit<StoredCommand, 'organizationId' | 'flowId' | 'position'>;

export type CallFlowQueries = ReturnType<typeof callFlowQueries>;
export type CallFlowRow = Awaited<ReturnType<CallFlowQueries['byIds']['execute']>>[number];
