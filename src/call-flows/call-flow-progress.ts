import { and, asc, eq } from 'drizzle-orm';
import { lockCall, saveCall } from '../calls/call.store.js';
import { appendChange, type Difference, difference } from '../changes/change-log.js';
import type { Transaction } from '../db/database.js';
import {
  callFlowCommands,
  callFlows,
  FLOW_COLUMNS,
  type StoredCallFlow,
  type StoredCommand,
} from '../db/tables/call-flows.js';
import { refuse } from '../foundation/refusal.js';
import { actorOf } from '../identity/actor.js';
import type { Viewer } from '../identity/viewer.js';
import type { CallFlowCommandStatus } from './call-flow.enums.js';
import type { CallFlowRow } from './call-flow.queries.js';
import { withStatus } from './call-flow.store.js';

export interface CommandProgress {
  id: string;
  label: string;
  status: CallFlowCommandStatus;
  vendorId?: string | null;
}

/** `id` is the uuid, `label` the id as the client gave it. */
export interface FlowName {
  id: string;
  label: string;
}

/**
 * Writes nothing if it throws.
 * @throws Refusal NOT_FOUND (an unknown flow, or a command of another flow)
 */
export async function recordProgress(
  tx: Transaction,
  viewer: Viewer,
  name: FlowName,
  vendorId: string | null,
  reports: CommandProgress[],
): Promise<CallFlowRow> {
  const owner = viewer.organization.id;
  const readFlow = () =>
    tx
      .select(FLOW_COLUMNS)
      .from(callFlows)
      .where(and(eq(callFlows.organizationId, owner), eq(callFlows.id, name.id)));
  const [found] = await readFlow();
  if (found === undefined)
    refuse('NOT_FOUND', `Call flow with id ${name.label} not found in your organization`, ['callFlow']);
  const call = await lockCall(tx, owner, { id: found.callId, path: ['callFlow'], label: name.label });
  const [flow] = await readFlow();
  if (flow === undefined) throw new Error(`call flow ${found.id} vanished under its call's lock`);
  const commands = await tx
    .select()
    .from(callFlowCommands)
    .where(and(eq(callFlowCommands.organizationId, owner), eq(callFlowCommands.flowId, flow.id)))
    .orderBy(asc(callFlowCommands.position));

  const updates = reports.flatMap((report, index) => {
    const command = commands.find(({ id }) => id === report.id);
    if (command === undefined) {
      refuse('NOT_FOUND', `Command with id ${report.label} not found in this call flow`, [
        'commands',
        String(index),
        'id',
      ]);
    }
    const next = { status: report.status, vendorId: report.vendorId ?? command.vendorId };
    return next.status === command.status && next.vendorId === command.vendorId ? [] : [{ command, next }];
  });
  const nextVendorId = vendorId ?? flow.vendorId;
  if (updates.length === 0 && nextVendorId === flow.vendorId) return withStatus(flow, call);

  const saved = await saveCall(tx, call, {});
  await Promise.all([
    tx
      .update(callFlows)
      .set({ vendorId: nextVendorId })
      .where(and(eq(callFlows.organizationId, owner), eq(callFlows.id, flow.id))),
    ...updates.map(({ command, next }) =>
      tx
        .update(callFlowCommands)
        .set(next)
        .where(and(eq(callFlowCommands.organizationId, owner), eq(callFlowCommands.id, command.id))),
    ),
    appendChange(tx, saved, {
      kind: 'CALL_FLOW_PROGRESSED',
      actor: actorOf(viewer),
      ...progressDifference(flow, { ...flow, vendorId: nextVendorId }, updates),
    }),
  ]);
  return withStatus({ ...flow, vendorId: nextVendorId }, saved);
}

export function progressDifference(
  before: StoredCallFlow,
  after: StoredCallFlow,
  updates: { command: StoredCommand; next: Pick<StoredCommand, 'status' | 'vendorId'> }[],
): Difference {
  const flow = difference(before, after, ['vendorId']);
  const commands = updates.map(({ command, next }) => ({
    id: command.id,
    ...difference(command, { ...command, ...next }, ['status', 'vendorId']),
  }));
  const { revision } = before;
  return {
    oldValues: {
      callFlow: {
        revision,
        ...flow.oldValues,
        commands: commands.map(({ id, oldValues }) => ({ id, ...oldValues })),
      },
    },
    newValues: {
      callFlow: {
        revision,
        ...flow.newValues,
        commands: commands.map(({ id, newValues }) => ({ id, ...newValues })),
      },
    },
  };
}
