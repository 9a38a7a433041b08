import { and, eq, type SQL } from 'drizzle-orm';
import type { Transaction } from '../db/database.js';
import { insertRows } from '../db/insert-rows.js';
import { newId } from '../db/new-id.js';
import {
  callFlowCommands,
  callFlows,
  type StoredCallFlow,
  type StoredCommand,
} from '../db/tables/call-flows.js';
import type { CallRow } from '../db/tables/calls.js';
import type { CallFlowRow } from './call-flow.queries.js';
import type { FlowCommand } from './flow-command.js';

/** A flow that is yet to be written, with its commands. */
export interface DraftedFlow {
  flow: StoredCallFlow;
  commands: StoredCommand[];
}

/** A new flow of a call with its commands, every one ACCEPTED. */
export function draftFlow(
  { organizationId, id: callId }: { organizationId: string; id: string },
  revision: number,
  commands: FlowCommand[],
): DraftedFlow {
  const flow = { ...newId(), organizationId, callId, revision, vendorId: null };
  const rows = commands.map((command, position) => ({
    ...command,
    organizationId,
    id: newId().id,
    flowId: flow.id,
    position,
    status: 'ACCEPTED' as const,
    vendorId: null,
  }));
  return { flow, commands: rows };
}

/** Writes flows of locked calls with their commands. */
export async function insertFlows(tx: Transaction, drafted: DraftedFlow[]): Promise<void> {
  await Promise.all([
    insertRows(
      tx,
      callFlows,
      drafted.map(({ flow }) => flow),
    ),
    insertRows(
      tx,
      callFlowCommands,
      drafted.flatMap(({ commands }) => commands),
    ),
  ]);
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
