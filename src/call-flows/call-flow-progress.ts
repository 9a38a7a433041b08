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
import { actorOf } from '../identity/actor.js';
import type { Viewer } from '../identity/viewer.js';
import { refuse } from '../refusal.js';
import type { CallFlowCommandStatus } from './call-flow.enums.js';
import type { CallFlowRow } from './call-flow.queries.js';
import { withStatus } from './call-flow.store.js';

export interface CommandProgress {
  /** The command's uuid. */
  id: string;
  /** The id as the client gave it, for messages. */
  label: string;
  status: CallFlowCommandStatus;
  vendorId?: string | null;
}

/** A flow's uuid, and the id as the client gave it. */
export interface FlowName {
  id: string;
  label: string;
}

/**
 * Records what the vendor reports of a flow, in force or superseded. Refuses with NOT_FOUND a flow that is unknown and
 * a command that is not the flow's; then nothing is written.
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

  const moved = reports.flatMap((report, index) => {
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
  if (moved.length === 0 && nextVendorId === flow.vendorId) return withStatus(flow, call);

  const saved = await saveCall(tx, call, {});
  await Promise.all([
    tx
      .update(callFlows)
      .set({ vendorId: nextVendorId })
      .where(and(eq(callFlows.organizationId, owner), eq(callFlows.id, flow.id))),
    ...moved.map(({ command, next }) =>
      tx
        .update(callFlowCommands)
        .set(next)
        .where(and(eq(callFlowCommands.organizationId, owner), eq(callFlowCommands.id, command.id))),
    ),
    appendChange(tx, saved, {
      kind: 'CALL_FLOW_PROGRESSED',
      actor: actorOf(viewer),
      ...progressDifference(flow, { ...flow, vendorId: nextVendorId }, moved),
    }),
  ]);
  return withStatus({ ...flow, vendorId: nextVendorId }, saved);
}

/** What changed of a flow and its commands, as a log row shows it; ids and the revision say of which. */
function progressDifference(
  before: StoredCallFlow,
  after: StoredCallFlow,
  moved: { command: StoredCommand; next: Pick<StoredCommand, 'status' | 'vendorId'> }[],
): Difference {
  const flow = difference(before, after, ['vendorId']);
  const commands = moved.map(({ command, next }) => ({
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
