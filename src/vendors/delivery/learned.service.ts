import { and, eq, inArray, isNull } from 'drizzle-orm';
import type { CallFlowService } from '../../call-flows/call-flow.service.js';
import type { CallSystem } from '../../calls/call.enums.js';
import { sharedAccount } from '../../db/connection/account.js';
import type { Database } from '../../db/database.js';
import { callReferences } from '../../db/tables/calls.js';
import { Refusal } from '../../foundation/refusal.js';
import type { Viewer } from '../../identity/viewer.js';
import type { IntakeService } from '../../intake/intake.service.js';
import type { VoiceCallService } from '../../voice-calls/voice-call.service.js';
import type { Learned, OutgoingDelivery } from '../vendor.js';

export interface LearnedStores {
  database: Database;
  intake: IntakeService;
  voiceCalls: VoiceCallService;
  callFlows: CallFlowService;
}

const NO_UPDATE = {
  path: [],
  update: { expectedRevision: null, addTags: [], removeTags: [], removeGroups: [] },
};

/** Stores what a vendor's answer says of a call, as changes of the account. Returns why it could not, or null. */
export async function storeLearned(
  { intake, voiceCalls, callFlows }: LearnedStores,
  viewer: Viewer,
  delivery: OutgoingDelivery,
  { references = [], voiceCallUid, flowProgress }: Learned,
): Promise<string | null> {
  try {
    if (references.length > 0 && delivery.call !== null) {
      // Not an upsert, which would make the call anew if it was erased during the request.
      const { id } = delivery.call;
      await intake.updateCall(
        viewer,
        { id, path: [], label: `id ${id}` },
        { ...NO_UPDATE, references: [...references] },
      );
    }
    if (voiceCallUid !== undefined && delivery.voiceCall !== null) {
      const { id } = delivery.voiceCall;
      await voiceCalls.patch(viewer, { id, path: [], label: `id ${id}` }, { uid: voiceCallUid }, null);
    }
    if (flowProgress !== undefined && delivery.flow !== null) {
      const flow = { id: delivery.flow.id, label: delivery.flow.id };
      await callFlows.recordProgress(viewer, flow, flowProgress.vendorId, [...flowProgress.commands]);
    }
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return error.errors.map(({ message }) => message).join(' ');
  }
  return null;
}

/** The account that takes a call's changes is the one that has the call, also when there are others later. */
export const nameAccount = (database: Database, viewer: Viewer, callId: string, system: CallSystem) =>
  nameAccounts(database, viewer, [callId], system);

export async function nameAccounts(
  database: Database,
  { organization, vendorAccountId }: Viewer,
  callIds: string[],
  system: CallSystem,
): Promise<void> {
  if (callIds.length === 0) return;
  const name = () =>
    database.db
      .update(callReferences)
      .set({ accountId: vendorAccountId ?? null })
      .where(
        and(
          eq(callReferences.organizationId, organization.id),
          inArray(callReferences.callId, callIds),
          eq(callReferences.system, system),
          isNull(callReferences.accountId),
        ),
      );
  // A write to the same calls may lock their references in another order.
  await database.statement(name, sharedAccount(organization.id));
}
