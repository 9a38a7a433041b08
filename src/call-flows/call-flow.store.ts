import { and, eq, type SQL } from 'drizzle-orm';
import type { Transaction } from '../db/database.js';
import { newId } from '../db/new-id.js';
import { callFlowCommands, callFlows, type StoredCallFlow } from '../db/tables/call-flows.js';
import type { CallRow } from '../db/tables/calls.js';
import type { CallFlowRow } from './call-flow.queries.js';
import type { FlowCommand } from './flow-command.js';

/** Writes a flow of a locked call with its commands, every one ACCEPTED. */
export async function insertFlow(
  tx: Transaction,
  call: { organizationId: string; id: string },
  revision: number,
  commands: FlowCommand[],
): Promise<StoredCallFlow> {
  const { organizationId } = call;
  const flow = { ...newId(), organizationId, callId: call.id, revision, vendorId: null };
  const rows = commands.map((command, position) => ({
    ...command,
    organizationId,
    id: newId().id,
    flowId: flow.id,
    position,
    status: 'ACCEPTED' as const,
  }));
  await Promise.all([tx.insert(callFlows).values(flow), tx.insert(callFlowCommands).values(rows)]);
  return flow;
}

/** The one flow of a locked call for which the condition holds, or null. */
export async function flowOf(tx: Transaction, call: CallRow, condition: SQL): Promise<CallFlowRow | null> {
  const [flow] = await tx
    .select()
    .from(callFlows)
    .where(and(eq(callFlows.organizationId, call.organizationId), eq(callFlows.callId, call.id), condition));
  return flow === undefined ? null : withStatus(flow, call);
}

/** A flow with the status that its call gives it. */
export function withStatus(flow: StoredCallFlow, call: Pick<CallRow, 'flowRevision'>): CallFlowRow {
  return { ...flow, status: flow.revision === call.flowRevision ? 'ACTIVE' : 'SUPERSEDED' };
}
