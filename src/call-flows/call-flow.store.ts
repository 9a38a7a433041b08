import { and, eq, type SQL, sql } from 'drizzle-orm';
import { type Difference, NO_DIFFERENCE } from '../changes/change-log.js';
import type { Transaction } from '../db/database.js';
import { insertInto } from '../db/insert-rows.js';
import {
  callFlowCommands,
  callFlows,
  FLOW_COLUMNS,
  type StoredCallFlow,
  type StoredCommand,
} from '../db/tables/call-flows.js';
import type { CallRow } from '../db/tables/calls.js';
import { newId, newUuid } from '../foundation/new-id.js';
import type { CallFlowRow } from './call-flow.queries.js';
import type { FlowCommandRow } from './call-flow-columns.queries.js';
import { WITHOUT_OPTIONS } from './command-defaults.values.js';
import type { FlowCommand } from './flow-command.js';

export interface DraftedFlow {
  flow: StoredCallFlow;
  commands: StoredCommand[];
}

export type CommandRow = Omit<FlowCommandRow, 'options'> & Record<string, unknown>;

export type WholeCallFlow = CallFlowRow & { commands: CommandRow[] };

export function draftFlow(
  { organizationId, id: callId }: { organizationId: string; id: string },
  revision: number,
  commands: FlowCommand[],
): DraftedFlow {
  const flow = { ...newId(), organizationId, callId, revision, vendorId: null };
  return { flow, commands: draftCommands(organizationId, flow.id, commands) };
}

export function draftCommands(
  organizationId: string,
  flowId: string,
  commands: FlowCommand[],
): StoredCommand[] {
  return commands.map(({ command, conditions, options }, position) => ({
    organizationId,
    id: newUuid(),
    flowId,
    position,
    command,
    status: 'ACCEPTED',
    conditions,
    options,
    vendorId: null,
  }));
}

/** The calls must be locked. */
export async function insertFlows(
  tx: Transaction,
  organizationId: string,
  drafted: DraftedFlow[],
): Promise<void> {
  await insertInto(tx, organizationId, [
    { table: callFlows, rows: drafted.map(({ flow }) => flow) },
    { table: callFlowCommands, rows: drafted.flatMap(({ commands }) => commands) },
  ]);
}

export async function flowOf(tx: Transaction, call: CallRow, condition: SQL): Promise<CallFlowRow | null> {
  const [flow] = await tx
    .select(FLOW_COLUMNS)
    .from(callFlows)
    .where(and(eq(callFlows.organizationId, call.organizationId), eq(callFlows.callId, call.id), condition));
  return flow === undefined ? null : withStatus(flow, call);
}

export function withStatus(flow: StoredCallFlow, call: Pick<CallRow, 'flowRevision'>): CallFlowRow {
  return { ...flow, status: flow.revision === call.flowRevision ? 'ACTIVE' : 'SUPERSEDED' };
}

export function wholeFlow(
  { flow, commands }: DraftedFlow,
  call: Pick<CallRow, 'flowRevision'>,
): WholeCallFlow {
  return { ...withStatus(flow, call), commands: commands.map(commandRow) };
}

/** Its options become members. By `Object.assign`, because several spreads take ten times as long, and a list has hundreds. */
export function commandRow<Command extends FlowCommandRow>(command: Command): Command & CommandRow {
  return Object.assign({}, WITHOUT_OPTIONS[command.command], command.options, command);
}

/**
 * For a join. Of two equal idempotency keys the call's stays. Renumbers the flows by creation, so the newest is in
 * force, through negative numbers, because revisions are unique at every moment.
 */
export async function joinFlows(
  tx: Transaction,
  call: CallRow,
  duplicate: CallRow,
): Promise<Difference & { revision: number }> {
  const unchanged = { ...NO_DIFFERENCE, revision: call.flowRevision };
  if (duplicate.flowRevision === 0) return unchanged;
  const { organizationId, id } = call;
  await tx.execute(sql`
    update call_flows f set call_id = ${id}, revision = -numbered.number
    from (
      select id, row_number() over (order by position) as number from call_flows
      where organization_id = ${organizationId} and call_id in (${id}, ${duplicate.id})
    ) numbered
    where f.organization_id = ${organizationId} and f.id = numbered.id`);
  const flows = await tx
    .update(callFlows)
    .set({ revision: sql`-${callFlows.revision}` })
    .where(and(eq(callFlows.organizationId, organizationId), eq(callFlows.callId, id)))
    .returning({ id: callFlows.id });
  await tx.execute(sql`
    insert into idempotency_keys (organization_id, call_id, key, flow_id, created_at)
    select organization_id, ${id}::uuid, key, flow_id, created_at from idempotency_keys
    where organization_id = ${organizationId} and call_id = ${duplicate.id}
    on conflict do nothing`);
  await tx.execute(sql`
    delete from idempotency_keys where organization_id = ${organizationId} and call_id = ${duplicate.id}`);
  const revision = flows.length;
  const inForce = call.flowRevision === 0 ? null : { revision: call.flowRevision };
  return { revision, oldValues: { callFlow: inForce }, newValues: { callFlow: { revision } } };
}
