import { and, eq, type SQL } from 'drizzle-orm';
import { lockCall, saveCall } from '../calls/call.store.js';
import { differing, LOGGED_FIELDS } from '../calls/call-fields.js';
import { adoptWaiting, lockParents } from '../calls/call-parent.store.js';
import { timedValues } from '../calls/field-times.js';
import { lockIntakeShared } from '../calls/intake-lock.store.js';
import {
  claimReferences,
  insertReferences,
  ownerOf,
  referenceDifference,
  unknownOf,
} from '../calls/reference/call-reference.store.js';
import type { ReferenceValue } from '../calls/reference/call-target.values.js';
import { appendChange, combined, difference } from '../changes/change-log.js';
import type { Transaction } from '../db/database.js';
import type { CallRow } from '../db/tables/calls.js';
import { type VoiceCallRow, voiceCalls } from '../db/tables/voice-calls.js';
import type { AdmissionStep } from '../events/admission-step.js';
import { refuse, refuseUnknown } from '../foundation/refusal.js';
import { actorOf } from '../identity/actor.js';
import type { Viewer } from '../identity/viewer.js';
import {
  type Followed,
  followingValues,
  referencesOfVoiceCall,
  requireOwn,
  voiceCallDifference,
} from './voice-call.store.js';
import type { VoiceCallTarget } from './voice-call-target.js';
import type { VoiceCallPatch } from './voice-call-values.js';

export interface RequestedChange {
  patch: VoiceCallPatch;
  expectedRevision: number | null;
  /** Of the item in a batch. */
  path: string[];
}

export interface VoiceCallState {
  call: Followed & Pick<CallRow, 'id'>;
  voiceCall: VoiceCallRow;
  known: (ReferenceValue & { callId: string })[];
}

export function planChange(
  viewer: Viewer,
  { call, voiceCall, known }: VoiceCallState,
  requested: RequestedChange,
) {
  const { patch, expectedRevision, path } = requested;
  requireOwn(viewer, voiceCall, { ...voiceCall, ...patch });
  if (expectedRevision !== null && expectedRevision !== voiceCall.revision) {
    const message = `The voice call is at revision ${voiceCall.revision}, not ${expectedRevision}`;
    refuse(
      'REVISION_CONFLICT',
      message,
      [...path, 'expectedRevision'],
      { voiceCall },
      { present: voiceCall.revision, expected: expectedRevision },
    );
  }
  const references = referencesOfVoiceCall(patch, path);
  ownerOf(known, references, call.id);
  const added = unknownOf(references, known);
  const changes = differing<VoiceCallRow>(voiceCall, patch);
  const values = differing<object>(call, followingValues(call, { ...voiceCall, ...patch }, patch));
  const count = Object.keys(changes).length + Object.keys(values).length + added.length;
  return count === 0 ? null : { changes, values, added };
}

export function mayMatchEvent(before: MatchedFields, after: MatchedFields): boolean {
  return (['from', 'to', 'customerNumber'] as const).some((field) => before[field] !== after[field]);
}

type MatchedFields = Pick<CallRow, 'from' | 'to' | 'customerNumber'>;

/** Locks the references before the call. */
export async function changeUnderLock(
  tx: Transaction,
  viewer: Viewer,
  target: VoiceCallTarget,
  requested: RequestedChange,
  step: AdmissionStep,
): Promise<VoiceCallRow> {
  const organizationId = viewer.organization.id;
  await lockIntakeShared(tx, organizationId);
  const { known, waiting } = await claimReferences(
    tx,
    organizationId,
    referencesOfVoiceCall(requested.patch),
  );
  if (waiting.length > 0) await lockParents(tx, organizationId);
  const { call, voiceCall } = await lockVoiceCall(tx, organizationId, target);
  const plan = planChange(viewer, { call, voiceCall, known }, requested);
  if (plan === null) return voiceCall;
  const { changes, values, added } = plan;

  const saved = await saveCall(tx, call, timedValues(call, values));
  const after =
    Object.keys(changes).length > 0
      ? await saveVoiceCall(tx, voiceCall, changes, saved.recordedAt)
      : voiceCall;
  const names = await referenceDifference(tx, call, added);
  await insertReferences(tx, organizationId, call.id, added);
  await appendChange(tx, saved, {
    kind: 'VOICE_CALL_UPDATED',
    actor: actorOf(viewer),
    ...combined(voiceCallDifference(voiceCall, after), difference(call, saved, LOGGED_FIELDS), names),
  });
  await adoptWaiting(tx, saved, waiting, added, actorOf(viewer));
  if (added.length > 0 || mayMatchEvent(call, saved)) {
    await step.admit(actorOf(viewer), { calls: [saved.id], joined: [], raised: [saved.id] });
  }
  return after;
}

/** Every writer of a voice call holds its call's lock, so the record is read under it. */
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
