import { and, eq, type SQL } from 'drizzle-orm';
import { lockCall, saveCall } from '../calls/call.store.js';
import { differing, LOGGED_FIELDS } from '../calls/call-fields.js';
import { adoptWaiting, lockParents } from '../calls/call-parent.store.js';
import {
  claimReferences,
  insertReferences,
  ownerOf,
  referenceDifference,
  unknownOf,
} from '../calls/call-reference.store.js';
import type { ReferenceValue } from '../calls/call-target.js';
import { shareIntake } from '../calls/intake-lock.store.js';
import { appendChange, combined, difference } from '../changes/change-log.js';
import type { Transaction } from '../db/database.js';
import type { CallRow } from '../db/tables/calls.js';
import { type VoiceCallRow, voiceCalls } from '../db/tables/voice-calls.js';
import type { AdmissionStep } from '../events/admission-step.js';
import { actorOf } from '../identity/actor.js';
import type { Viewer } from '../identity/viewer.js';
import { refuse, refuseUnknown } from '../refusal.js';
import {
  followingValues,
  referencesOfVoiceCall,
  requireOwn,
  voiceCallDifference,
} from './voice-call.store.js';
import type { VoiceCallTarget } from './voice-call-target.js';
import type { VoiceCallPatch } from './voice-call-values.js';

/** What of a voice call is to be what, and the revision that it is based on. */
export interface WantedChange {
  given: VoiceCallPatch;
  expectedRevision: number | null;
}

/** A voice call with what it moves of its call, and which of the references that are given are known. */
export interface Seen {
  call: Pick<CallRow, 'id' | 'status' | 'vendorStatus' | 'duration' | 'answeredAt'>;
  voiceCall: VoiceCallRow;
  known: (ReferenceValue & { callId: string })[];
}

/** What a change comes to; null for nothing. */
export function planChange(viewer: Viewer, { call, voiceCall, known }: Seen, wanted: WantedChange) {
  const { given, expectedRevision } = wanted;
  requireOwn(viewer, voiceCall, { ...voiceCall, ...given });
  if (expectedRevision !== null && expectedRevision !== voiceCall.revision) {
    const message = `The voice call is at revision ${voiceCall.revision}, not ${expectedRevision}`;
    refuse('REVISION_CONFLICT', message, ['expectedRevision'], { voiceCall });
  }
  const references = referencesOfVoiceCall(given);
  ownerOf(known, references, call.id);
  const added = unknownOf(references, known);
  const changes = differing<VoiceCallRow>(voiceCall, given);
  const values = differing<object>(call, followingValues(call, { ...voiceCall, ...given }, given));
  const count = Object.keys(changes).length + Object.keys(values).length + added.length;
  return count === 0 ? null : { changes, values, added };
}

/** Whether a change of a call gives it a value that match rules look at, so that an event may wait for it. */
export function isSought(before: Sought, after: Sought): boolean {
  return (['from', 'to', 'customerNumber'] as const).some((field) => before[field] !== after[field]);
}

type Sought = Pick<CallRow, 'from' | 'to' | 'customerNumber'>;

/**
 * Changes a voice call under the locks of its references and its call, whatever others do meanwhile, and lets in what
 * waited for a reference or value that the call gets.
 */
export async function changeUnderLock(
  tx: Transaction,
  viewer: Viewer,
  target: VoiceCallTarget,
  wanted: WantedChange,
  step: AdmissionStep,
): Promise<VoiceCallRow> {
  const owner = viewer.organization.id;
  await shareIntake(tx, owner);
  const { known, waiting } = await claimReferences(tx, owner, referencesOfVoiceCall(wanted.given));
  if (waiting.length > 0) await lockParents(tx, owner);
  const { call, voiceCall } = await lockVoiceCall(tx, owner, target);
  const plan = planChange(viewer, { call, voiceCall, known }, wanted);
  if (plan === null) return voiceCall;
  const { changes, values, added } = plan;

  const saved = await saveCall(tx, call, values);
  const after =
    Object.keys(changes).length > 0
      ? await saveVoiceCall(tx, voiceCall, changes, saved.recordedAt)
      : voiceCall;
  const names = await referenceDifference(tx, call, added);
  await insertReferences(tx, owner, call.id, added);
  await appendChange(tx, saved, {
    kind: 'VOICE_CALL_UPDATED',
    actor: actorOf(viewer),
    ...combined(voiceCallDifference(voiceCall, after), difference(call, saved, LOGGED_FIELDS), names),
  });
  await adoptWaiting(tx, saved, waiting, added, actorOf(viewer));
  if (added.length > 0 || isSought(call, saved)) {
    await step.admit(actorOf(viewer), { calls: [saved.id], joined: [], raised: [saved.id] });
  }
  return after;
}

/** Every writer of a voice call holds its call's lock; the record is read behind it. */
async function lockVoiceCall(
  tx: Transaction,
  organizationId: string,
  target: VoiceCallTarget,
): Promise<{ call: CallRow; voiceCall: VoiceCallRow }> {
  const read = (condition: SQL) =>
    tx
      .select()
      .from(voiceCalls)
      .where(and(eq(voiceCalls.organizationId, organizationId), condition));
  if ('id' in target) {
    const [found] = await read(eq(voiceCalls.id, target.id));
    if (found === undefined) refuseUnknown('Voice call', target, 'id');
    const call = await lockCall(tx, organizationId, {
      id: found.callId,
      path: target.path,
      label: target.label,
    });
    const [voiceCall] = await read(eq(voiceCalls.id, target.id));
    if (voiceCall === undefined) throw new Error(`voice call ${target.id} vanished under its call's lock`);
    return { call, voiceCall };
  }
  const call = await lockCall(tx, organizationId, target.call);
  const [voiceCall] = await read(eq(voiceCalls.callId, call.id));
  if (voiceCall === undefined)
    refuse('NOT_FOUND', `The call with ${target.call.label} has no voice call`, [...target.path, 'call']);
  return { call, voiceCall };
}

async function saveVoiceCall(
  tx: Transaction,
  { organizationId, id, revision }: VoiceCallRow,
  changes: VoiceCallPatch,
  updatedAt: Date,
): Promise<VoiceCallRow> {
  const [saved] = await tx
    .update(voiceCalls)
    .set({ ...changes, revision: revision + 1, updatedAt })
    .where(and(eq(voiceCalls.organizationId, organizationId), eq(voiceCalls.id, id)))
    .returning();
  if (saved === undefined) throw new Error(`voice call ${id} vanished under its call's lock`);
  return saved;
}
