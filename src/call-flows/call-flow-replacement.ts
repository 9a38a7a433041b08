import { isDeepStrictEqual } from 'node:util';
import { and, eq } from 'drizzle-orm';
import { CALL_STATUSES } from '../calls/call.enums.js';
import { lockCall, saveCall } from '../calls/call.store.js';
import { isTerminal } from '../calls/call-status.js';
import type { CallTarget } from '../calls/reference/call-target.values.js';
import { appendChange } from '../changes/change-log.js';
import type { Transaction } from '../db/database.js';
import type { CallColumns, ShownCall } from '../db/tables/call-columns.js';
import {
  callFlowCommands,
  callFlows,
  idempotencyKeys,
  type StoredCallFlow,
  type StoredCommand,
} from '../db/tables/call-flows.js';
import type { CallRow } from '../db/tables/calls.js';
import { newId, newUuid } from '../foundation/new-id.js';
import { refuse, refuseIf, type UserErrorData } from '../foundation/refusal.js';
import { actorOf } from '../identity/actor.js';
import type { Viewer } from '../identity/viewer.js';
import type { CallFlowRow } from './call-flow.queries.js';
import {
  draftCommands,
  draftFlow,
  flowOf,
  insertFlows,
  type WholeCallFlow,
  wholeFlow,
} from './call-flow.store.js';
import type { ReplaceCallFlowQuery } from './call-flow-replacement.queries.js';
import type { FlowCommand } from './flow-command.js';

export interface ReplaceOptions {
  /** 0 for no flow. */
  expectedFlowRevision: number | null;
  idempotencyKey: string | null;
  /** A found key returns its flow in spite of these errors. */
  invalid: UserErrorData[];
}

export interface Replacement extends ReplaceOptions {
  target: CallTarget;
  commands: FlowCommand[];
}

export interface Replaced {
  callFlow: CallFlowRow | WholeCallFlow;
  call: ShownCall;
}

const TERMINAL = CALL_STATUSES.filter(isTerminal);

/** The common case in one round trip. Null, with nothing written, if it needs `replaceUnderLock`. */
export async function replaceAtOnce(
  query: ReplaceCallFlowQuery,
  viewer: Viewer,
  { target, commands, expectedFlowRevision, idempotencyKey }: Replacement,
  columns: CallColumns,
): Promise<Replaced | null> {
  const organizationId = viewer.organization.id;
  const { id, createdAt } = newId();
  const drafted = draftCommands(organizationId, id, commands);
  const [call] = await query(columns).execute({
    organization: organizationId,
    ...namesOf(target),
    terminal: TERMINAL,
    expectedFlowRevision,
    key: idempotencyKey,
    flow: id,
    createdAt: createdAt.toISOString(),
    commands: JSON.stringify(drafted.map(commandOf)),
    change: newUuid(),
    actor: actorOf(viewer),
  });
  if (call === undefined) return null;
  const flow = {
    organizationId,
    id,
    callId: call.id,
    revision: call.flowRevision,
    vendorId: null,
    createdAt,
  };
  return { callFlow: wholeFlow({ flow, commands: drafted }, call), call };
}

const commandOf = ({ id, position, command, status, conditions, options }: StoredCommand) => ({
  id,
  position,
  command,
  status,
  conditions,
  options,
});

function namesOf(target: CallTarget) {
  const { system = null, name = null, value = null } = 'id' in target ? {} : target.reference;
  return { call: 'id' in target ? target.id : null, system, name, value };
}

export async function replaceUnderLock(
  tx: Transaction,
  viewer: Viewer,
  { target, commands, expectedFlowRevision, idempotencyKey, invalid }: Replacement,
): Promise<Replaced> {
  const call = await lockCall(tx, viewer.organization.id, target);
  if (idempotencyKey !== null) {
    const callFlow = await flowOfKey(tx, call, idempotencyKey);
    if (callFlow !== null) return repeated(tx, { callFlow, call }, commands);
  }
  refuseIf(invalid);
  const present = async () => ({
    call,
    callFlow: await flowOf(tx, call, eq(callFlows.revision, call.flowRevision)),
  });
  if (isTerminal(call.status)) {
    refuse('CALL_ENDED', `The call has ended: ${call.status}`, target.path, await present());
  }
  if (expectedFlowRevision !== null && expectedFlowRevision !== call.flowRevision) {
    const message = `The flow in force is at revision ${call.flowRevision}, not ${expectedFlowRevision}`;
    const details = { present: call.flowRevision, expected: expectedFlowRevision };
    refuse('REVISION_CONFLICT', message, ['expectedFlowRevision'], await present(), details);
  }
  const saved = await saveCall(tx, call, { flowRevision: call.flowRevision + 1 });
  const drafted = draftFlow(saved, saved.flowRevision, commands);
  await insertFlows(tx, saved.organizationId, [drafted]);
  await Promise.all([
    idempotencyKey === null ? null : rememberKey(tx, drafted.flow, idempotencyKey),
    appendChange(tx, saved, {
      kind: 'CALL_FLOW_REPLACED',
      actor: actorOf(viewer),
      oldValues: { callFlow: call.flowRevision === 0 ? null : { revision: call.flowRevision } },
      newValues: { callFlow: { revision: saved.flowRevision } },
    }),
  ]);
  return { callFlow: wholeFlow(drafted, saved), call: saved };
}

async function repeated(tx: Transaction, replaced: Replaced, commands: FlowCommand[]): Promise<Replaced> {
  const { organizationId, id } = replaced.callFlow;
  const { command, conditions, options } = callFlowCommands;
  const stored = await tx
    .select({ command, conditions, options })
    .from(callFlowCommands)
    .where(and(eq(callFlowCommands.organizationId, organizationId), eq(callFlowCommands.flowId, id)))
    .orderBy(callFlowCommands.position);
  if (isDeepStrictEqual(stored, commands)) return replaced;
  const message = 'The key belongs to a flow with other commands';
  return refuse('INVALID', message, ['idempotencyKey'], { ...replaced });
}

async function flowOfKey(tx: Transaction, call: CallRow, key: string): Promise<CallFlowRow | null> {
  const { organizationId, callId, flowId } = idempotencyKeys;
  const [found] = await tx
    .select({ flowId })
    .from(idempotencyKeys)
    .where(and(eq(organizationId, call.organizationId), eq(callId, call.id), eq(idempotencyKeys.key, key)));
  return found === undefined ? null : flowOf(tx, call, eq(callFlows.id, found.flowId));
}

async function rememberKey(tx: Transaction, flow: StoredCallFlow, key: string): Promise<void> {
  const { organizationId, callId, id: flowId, createdAt } = flow;
  await tx.insert(idempotencyKeys).values({ organizationId, callId, key, flowId, createdAt });
}
