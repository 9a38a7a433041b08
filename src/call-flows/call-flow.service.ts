import { and, eq } from 'drizzle-orm';
import { lockCall, saveCall } from '../calls/call.store.js';
import { LOGGED_FIELDS } from '../calls/call-fields.js';
import { isTerminal } from '../calls/call-status.js';
import type { CallTarget } from '../calls/call-target.js';
import { appendChange, difference } from '../changes/change-log.js';
import type { Database, Transaction } from '../db/database.js';
import { statementTime } from '../db/statement-time.js';
import { callFlows, idempotencyKeys, type StoredCallFlow } from '../db/tables/call-flows.js';
import type { CallRow } from '../db/tables/calls.js';
import type { Viewer } from '../identity/viewer.js';
import { refuse, refuseIf, type UserErrorData } from '../refusal.js';
import type { CallFlowRow } from './call-flow.queries.js';
import { draftFlow, flowOf, insertFlows, withStatus } from './call-flow.store.js';
import { type CommandProgress, type FlowName, recordProgress } from './call-flow-progress.js';
import type { FlowCommand } from './flow-command.js';

export interface ReplaceOptions {
  /** The revision of the flow in force that the caller knows, 0 for none. */
  expectedFlowRevision: number | null;
  idempotencyKey: string | null;
  /** What is wrong with the commands; a key that is known answers before that is looked at. */
  invalid: UserErrorData[];
}

/** Bird's half: what a call does next. */
export class CallFlowService {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /**
   * Puts a new flow in force; the old one is superseded by the same statement, because status is derived.
   * Refuses with NOT_FOUND, INVALID, CALL_ENDED and REVISION_CONFLICT (the last two beside the present call and flow).
   */
  async replace(
    viewer: Viewer,
    target: CallTarget,
    commands: FlowCommand[],
    options: ReplaceOptions,
  ): Promise<{ callFlow: CallFlowRow; call: CallRow }> {
    if (options.idempotencyKey === null) refuseIf(options.invalid);
    return this.#database.transaction((tx) => replace(tx, viewer, target, commands, options));
  }

  /** What the vendor reports of a flow's commands: their status, its ids; null keeps an id. */
  async recordProgress(
    viewer: Viewer,
    flow: FlowName,
    vendorId: string | null,
    reports: CommandProgress[],
  ): Promise<CallFlowRow> {
    return this.#database.transaction((tx) => recordProgress(tx, viewer, flow, vendorId, reports));
  }

  /** Ends a live call and leaves its flow; CALL_ENDED (beside the call) when it has ended already. */
  async hangUp(viewer: Viewer, target: CallTarget): Promise<CallRow> {
    return this.#database.transaction(async (tx) => {
      const call = await lockCall(tx, viewer.organization.id, target);
      if (isTerminal(call.status))
        refuse('CALL_ENDED', `The call has ended: ${call.status}`, target.path, { call });
      const saved = await saveCall(tx, call, {
        status: 'COMPLETED',
        vendorStatus: null,
        endedAt: statementTime,
      });
      const change = difference(call, saved, LOGGED_FIELDS);
      await appendChange(tx, saved, { kind: 'HUNG_UP', actor: viewer.name, ...change });
      return saved;
    });
  }
}

async function replace(
  tx: Transaction,
  viewer: Viewer,
  target: CallTarget,
  commands: FlowCommand[],
  { expectedFlowRevision, idempotencyKey, invalid }: ReplaceOptions,
): Promise<{ callFlow: CallFlowRow; call: CallRow }> {
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
  const { flow } = drafted;
  await insertFlows(tx, saved.organizationId, [drafted]);
  await Promise.all([
    idempotencyKey === null ? null : rememberKey(tx, flow, idempotencyKey),
    appendChange(tx, saved, {
      kind: 'CALL_FLOW_REPLACED',
      actor: viewer.name,
      oldValues: { callFlow: call.flowRevision === 0 ? null : { revision: call.flowRevision } },
      newValues: { callFlow: { revision: saved.flowRevision } },
    }),
  ]);
  return { callFlow: withStatus(flow, saved), call: saved };
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
