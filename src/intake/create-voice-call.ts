import { and, eq } from 'drizzle-orm';
import { insertCall, lockCall, type SavedCall, saveCall } from '../calls/call.store.js';
import { differing, LOGGED_FIELDS } from '../calls/call-fields.js';
import { adoptWaiting, lockParents } from '../calls/call-parent.store.js';
import { timedValues } from '../calls/field-times.js';
import {
  claimReferences,
  type GivenReference,
  ownerOf,
  plainReference,
  referenceDifference,
  unknownOf,
} from '../calls/reference/call-reference.store.js';
import type { CallTarget } from '../calls/reference/call-target.values.js';
import { appendChange, combined, difference, NO_DIFFERENCE } from '../changes/change-log.js';
import type { Transaction } from '../db/database.js';
import { type CallRow, callReferences } from '../db/tables/calls.js';
import { type VoiceCallRow, voiceCalls } from '../db/tables/voice-calls.js';
import type { AdmissionStep } from '../events/admission-step.js';
import { newId } from '../foundation/new-id.js';
import { refuse } from '../foundation/refusal.js';
import { actorOf } from '../identity/actor.js';
import type { Viewer } from '../identity/viewer.js';
import {
  followingValues,
  referencesOfVoiceCall,
  requireOwn,
  voiceCallDifference,
} from '../voice-calls/voice-call.store.js';
import type { NewVoiceCall } from '../voice-calls/voice-call-values.js';

const NO_TIMES = { vendorUpdatedAt: null, fieldTimes: null };

/**
 * Without a target, for the call that has one of the references, or a new one.
 * @throws Refusal NOT_FOUND, REFERENCE_CONFLICT, ALREADY_EXISTS (with the existing record)
 * @throws Forbidden for a STAFF key, unless the record is its own
 */
export async function createVoiceCall(
  tx: Transaction,
  viewer: Viewer,
  target: CallTarget | null,
  input: NewVoiceCall,
  step: AdmissionStep,
): Promise<VoiceCallRow> {
  const owner = viewer.organization.id;
  requireOwn(viewer, { ...input, handledByStaffUid: input.handledByStaffUid ?? null });
  const references = referencesOfVoiceCall(input);
  const { known, waiting } = await claimReferences(tx, owner, references);
  if (waiting.length > 0) await lockParents(tx, owner);
  const stored = target === null ? null : await lockCall(tx, owner, target);
  if (stored !== null) await refuseSecond(tx, stored);
  const callId = ownerOf(known, references, stored?.id ?? null);
  const call = stored ?? (callId === null ? null : await lockOwner(tx, owner, callId));

  const added = unknownOf(references, known);
  const following = followingValues(call, { status: input.status, duration: input.duration ?? null }, input);
  const saved =
    call === null
      ? await register(tx, viewer, timedValues(NO_TIMES, following), references)
      : await saveCall(tx, call, timedValues(call, differing<object>(call, following)));
  const names = call === null ? NO_DIFFERENCE : await referenceDifference(tx, call, added);
  const voiceCall = await insertVoiceCall(tx, saved, input, added);
  await appendChange(tx, saved, {
    kind: 'VOICE_CALL_CREATED',
    actor: actorOf(viewer),
    ...combined(
      voiceCallDifference(null, voiceCall),
      call === null ? NO_DIFFERENCE : difference<CallRow>(call, saved, LOGGED_FIELDS),
      names,
    ),
  });
  await adoptWaiting(tx, saved, waiting, added, actorOf(viewer));
  await step.admit(actorOf(viewer), { calls: [saved.id], joined: [], raised: [saved.id] });
  return voiceCall;
}

async function lockOwner(tx: Transaction, organizationId: string, id: string): Promise<CallRow> {
  const call = await lockCall(tx, organizationId, { id, path: ['input'], label: 'these names' });
  await refuseSecond(tx, call);
  return call;
}

async function refuseSecond(tx: Transaction, call: CallRow): Promise<void> {
  const [voiceCall] = await tx
    .select()
    .from(voiceCalls)
    .where(and(eq(voiceCalls.organizationId, call.organizationId), eq(voiceCalls.callId, call.id)));
  if (voiceCall === undefined) return;
  refuse('ALREADY_EXISTS', 'The call already has a voice call; change it with updateVoiceCall', null, {
    voiceCall,
  });
}

async function register(
  tx: Transaction,
  viewer: Viewer,
  values: Parameters<typeof insertCall>[3],
  references: GivenReference[],
): Promise<SavedCall> {
  const call = await insertCall(tx, viewer.organization.id, newId(), values);
  const { newValues } = difference<CallRow>(null, call, LOGGED_FIELDS);
  await appendChange(tx, call, {
    kind: 'REGISTERED',
    actor: actorOf(viewer),
    oldValues: {},
    newValues: { ...newValues, references: references.map(plainReference) },
  });
  return call;
}

/** With the new references in one statement, at whose end the text of `search` is written. */
async function insertVoiceCall(
  tx: Transaction,
  { organizationId, id: callId, recordedAt }: SavedCall,
  input: NewVoiceCall,
  added: GivenReference[],
): Promise<VoiceCallRow> {
  const { value } = callReferences;
  const names = added.map((reference) => ({ organizationId, callId, ...plainReference(reference) }));
  const named = () => tx.$with('named').as(tx.insert(callReferences).values(names).returning({ value }));
  const [voiceCall] = await tx
    .with(...(names.length === 0 ? [] : [named()]))
    .insert(voiceCalls)
    .values({ ...input, ...newId(), organizationId, callId, revision: 1, updatedAt: recordedAt })
    .returning();
  if (voiceCall === undefined) throw new Error('an inserted voice call was not returned');
  return voiceCall;
}
