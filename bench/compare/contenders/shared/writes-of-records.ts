import { and, eq } from 'drizzle-orm';
import { uuidv7 } from 'uuidv7';
import { isTerminal, statusOfWord } from '../../../../src/calls/call-status.js';
import { db } from './db.js';
import { appendChange, differing, lockCall, saveCall } from './history.js';
import type { CallFlowCommandInput, UpdateVoiceCallInput } from './inputs.js';
import { ORGANIZATION_ID } from './settings.js';
import {
  type CallRow,
  callFlowCommands,
  callFlows,
  callReferences,
  type VoiceCallRow,
  voiceCalls,
} from './tables.js';

/** Replaces the whole record; the call follows. */
export function updateVoiceCall(id: string, input: UpdateVoiceCallInput): Promise<VoiceCallRow> {
  const itIs = and(eq(voiceCalls.organizationId, ORGANIZATION_ID), eq(voiceCalls.id, id));
  return db.transaction(async (tx) => {
    const [stored] = await tx.select().from(voiceCalls).where(itIs).for('update');
    if (stored === undefined) throw new Error(`there is no voice call ${id}`);
    const call = await lockCall(tx, stored.callId);
    const record = { ...input, handledByStaffUid: input.handledByStaffUid ?? null };
    const [updated] = await tx
      .update(voiceCalls)
      .set({ ...record, revision: stored.revision + 1, updatedAt: new Date() })
      .where(itIs)
      .returning();
    if (updated === undefined) throw new Error(`voice call ${id} vanished`);
    for (const name of ['sourceId', 'externalUuid'] as const) {
      if (record[name] === stored[name]) continue;
      const reference = { organizationId: ORGANIZATION_ID, system: 'VCITA', name, value: record[name] };
      await tx.insert(callReferences).values({ ...reference, callId: call.id });
    }
    const saved = await saveCall(tx, call, followingValues(call, record));
    await appendChange(tx, saved, {
      kind: 'VOICE_CALL_UPDATED',
      oldValues: {
        voiceCall: differing({ ...stored }, { ...updated, ...BOOKKEEPING(stored) }),
        ...seen(call, saved),
      },
      newValues: { voiceCall: differing({ ...record }, { ...stored }), ...seen(saved, call) },
    });
    return updated;
  });
}

const BOOKKEEPING = ({ revision, updatedAt }: VoiceCallRow) => ({ revision, updatedAt });

/** What the history shows of a call whose voice call has changed. */
function seen(call: CallRow, other: CallRow) {
  const of = ({ direction, status, vendorStatus, from, to, customerNumber, duration }: CallRow) => ({
    direction,
    status,
    vendorStatus,
    from,
    to,
    customerNumber,
    duration,
  });
  return differing(of(call), of(other));
}

function followingValues(call: CallRow, record: UpdateVoiceCallInput): Partial<CallRow> {
  const { direction, duration, fromNumber: from, toNumber: to } = record;
  const status = statusOfWord(record.status, { duration });
  const pair =
    isTerminal(call.status as Parameters<typeof isTerminal>[0]) && !isTerminal(status)
      ? {}
      : { status, vendorStatus: record.status };
  return { ...pair, direction, duration, from, to };
}

/** Puts a new flow in force. */
export function replaceFlow(callId: string, steps: CallFlowCommandInput[]) {
  return db.transaction(async (tx) => {
    const call = await lockCall(tx, callId);
    if (isTerminal(call.status as Parameters<typeof isTerminal>[0])) {
      throw new Error(`call ${callId} has ended`);
    }
    const flow = {
      organizationId: ORGANIZATION_ID,
      id: uuidv7(),
      callId,
      revision: call.flowRevision + 1,
      createdAt: new Date(),
    };
    await tx.insert(callFlows).values(flow);
    await tx.insert(callFlowCommands).values(
      steps.map((step, position) => {
        const [[name, options] = ['', {}]] = Object.entries(step).filter(([, given]) => given != null);
        return {
          organizationId: ORGANIZATION_ID,
          id: uuidv7(),
          flowId: flow.id,
          position,
          command: name.toUpperCase(),
          status: 'ACCEPTED',
          conditions: [],
          options: { ...options },
        };
      }),
    );
    const saved = await saveCall(tx, call, { flowRevision: flow.revision });
    await appendChange(tx, saved, {
      kind: 'CALL_FLOW_REPLACED',
      oldValues: { callFlow: call.flowRevision === 0 ? null : { revision: call.flowRevision } },
      newValues: { callFlow: { revision: flow.revision } },
    });
    return { ...flow, status: 'ACTIVE' };
  });
}
