import { and, eq } from 'drizzle-orm';
import { CALL_STATUSES } from '../calls/call.enums.js';
import { lockCall, saveCall } from '../calls/call.store.js';
import { isTerminal } from '../calls/call-status.js';
import type { CallTarget } from '../calls/call-target.js';
import { appendChange } from '../changes/change-log.js';
import type { Transaction } from '../db/database.js';
import { newId, newUuid } from '../db/new-id.js';
import type { CallColumns, ShownCall } from '../db/tables/call-columns.js';
import {
  callFlows,
  idempotencyKeys,
  type StoredCallFlow,
  type StoredCommand,
} from '../db/tables/call-flows.js';
import type { CallRow } from '../db/tables/calls.js';
import { actorOf } from '../identity/actor.js';
import type { Viewer } from '../identity/viewer.js';
import { refuse, refuseIf, type UserErrorData } from '../refusal.js';
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
  /** The revision of the flow in force that the caller knows, 0 for none. */
  expectedFlowRevision: number | null;
  idempotencyKey: string | null;
  /** What is wrong with the commands; a key that is known answers before that is looked at. */
  invalid: UserErrorData[];
}

/** A new flow for a call. */
export interface Replacement extends ReplaceOptions {
  target: CallTarget;
  commands: FlowCommand[];
}

/** The flow that answers a replacement, with its commands when it is new, and its call. */
export interface Replaced {
  callFlow: CallFlowRow | WholeCallFlow;
  call: ShownCall;
}

const TERMINAL = CALL_STATUSES.filter(isTerminal);

/** The usual case in one round trip; of the call the columns are read. Null, and nothing is written, where only `replaceUnderLock` knows the answer. */
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
    commands: JSON.stringify(drafted.map(givenOf)),
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

/** What the statement has to be told of a command. */
const givenOf = ({ id, position, command, status, conditions, options }: StoredCommand) => ({
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

/** Any case: here alone it is said what is refused, and what a known key answers. */
export async function replaceUnderLock(
  tx: Transaction,
  viewer: Viewer,
  { target, commands, expectedFlowRevision, idempotencyKey, invalid }: Replacement,
): Promise<Replaced> {
  const call = await lockCall(tx, viewer.organization.id, target);
  if (idempotencyKey !== null) {
    const callFlow = await flowOfKey(tx, call, idempotencyKey);
    if (callFlow !== null) return { callFlow, call };
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
    refuse('REVISION_CONFLICT', message, ['expectedFlowRevision'], await present());
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

async function flowOfKey(tx: Transaction, call: CallRow, key: string): Promise<CallFlowRow | null> {
  const { organizationId, callId, flowId } = idempotencyKeys;
  const [known] = await tx
    .select({ flowId })
    .from(idempotencyKeys)
    .where(and(eq(organizationId, call.organizationId), eq(callId, call.id), eq(idempotencyKeys.key, key)));
  return known === undefined ? null : flowOf(tx, call, eq(callFlows.id, known.flowId));
}

async function rememberKey(tx: Transaction, flow: StoredCallFlow, key: string): Promise<void> {
  const { organizationId, callId, id: flowId, createdAt } = flow;
  await tx.insert(idempotencyKeys).values({ organizationId, callId, key, flowId, createdAt });
}
