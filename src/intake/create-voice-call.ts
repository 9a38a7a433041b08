import { and, eq } from 'drizzle-orm';
import { insertCall, lockCall, type SavedCall, saveCall } from '../calls/call.store.js';
import { differing, LOGGED_FIELDS } from '../calls/call-fields.js';
import { adoptWaitingChildren } from '../calls/call-parent.store.js';
import {
  type GivenReference,
  insertReferences,
  knownReferences,
  lockReferences,
  ownerOf,
  referenceDifference,
  unknownOf,
} from '../calls/call-reference.store.js';
import type { CallTarget } from '../calls/call-target.js';
import { appendChange, combined, difference } from '../changes/change-log.js';
import type { Transaction } from '../db/database.js';
import { newId } from '../db/new-id.js';
import type { CallRow } from '../db/tables/calls.js';
import { type VoiceCallRow, voiceCalls } from '../db/tables/voice-calls.js';
import type { Viewer } from '../identity/viewer.js';
import { refuse } from '../refusal.js';
import {
  followingValues,
  referencesOfVoiceCall,
  requireOwn,
  voiceCallDifference,
} from '../voice-calls/voice-call.store.js';
import type { NewVoiceCall } from '../voice-calls/voice-call-values.js';

/**
 * Creates the record for the target's call; without one for the call that has any of its names, or for a new call.
 * Refuses with NOT_FOUND, REFERENCE_CONFLICT and ALREADY_EXISTS (beside the present record).
 * @throws Forbidden by the STAFF rule
 */
export async function createVoiceCall(
  tx: Transaction,
  viewer: Viewer,
  target: CallTarget | null,
  input: NewVoiceCall,
): Promise<VoiceCallRow> {
  const owner = viewer.organization.id;
  requireOwn(viewer, { ...input, handledByStaffUid: input.handledByStaffUid ?? null });
  const references = referencesOfVoiceCall(input);
  await lockReferences(tx, owner, references);
  const stored = target === null ? null : await lockCall(tx, owner, target);
  const known = await knownReferences(tx, owner, references);
  if (stored !== null) await refuseSecond(tx, stored);
  const callId = ownerOf(known, references, stored?.id ?? null);
  const added = unknownOf(references, known);
  const call =
    stored ??
    (callId === null
      ? null
      : await lockCall(tx, owner, { id: callId, path: ['input'], label: 'these names' }));
  if (call !== null && stored === null) await refuseSecond(tx, call);

  const following = followingValues(call, { status: input.status, duration: input.duration ?? null }, input);
  const saved =
    call === null
      ? await register(tx, viewer, following, references)
      : await saveCall(tx, call, differing<object>(call, following));
  const voiceCall = await insertVoiceCall(tx, saved, input);
  const names = call === null ? NOTHING : await referenceDifference(tx, call, added);
  if (call !== null) await insertReferences(tx, owner, call.id, added);
  await appendChange(tx, saved, {
    kind: 'VOICE_CALL_CREATED',
    actor: viewer.name,
    ...combined(
      voiceCallDifference(null, voiceCall),
      call === null ? NOTHING : difference<CallRow>(call, saved, LOGGED_FIELDS),
      names,
    ),
  });
  await adoptWaitingChildren(tx, saved, added, viewer.name);
  return voiceCall;
}

const NOTHING = { oldValues: {}, newValues: {} };

async function refuseSecond(tx: Transaction, call: CallRow): Promise<void> {
  const [voiceCall] = await tx
    .select()
    .from(voiceCalls)
    .where(and(eq(voiceCalls.organizationId, call.organizationId), eq(voiceCalls.callId, call.id)));
  if (voiceCall === undefined) return;
  refuse('ALREADY_EXISTS', 'The call has a voice call already; updateVoiceCall changes it', null, {
    voiceCall,
  });
}

/** A call that nobody told of before is registered first, in the same mutation. */
async function register(
  tx: Transaction,
  viewer: Viewer,
  values: Parameters<typeof insertCall>[3],
  references: GivenReference[],
): Promise<SavedCall> {
  const call = await insertCall(tx, viewer.organization.id, newId(), values);
  await insertReferences(tx, call.organizationId, call.id, references);
  const { newValues } = difference<CallRow>(null, call, LOGGED_FIELDS);
  const names = references.map(({ system, name, value }) => ({ system, name, value }));
  await appendChange(tx, call, {
    kind: 'REGISTERED',
    actor: viewer.name,
    oldValues: {},
    newValues: { ...newValues, references: names },
  });
  return call;
}

async function insertVoiceCall(tx: Transaction, call: SavedCall, input: NewVoiceCall): Promise<VoiceCallRow> {
  const { id } = newId();
  const [voiceCall] = await tx
    .insert(voiceCalls)
    .values({
      ...input,
      organizationId: call.organizationId,
      id,
      callId: call.id,
      revision: 1,
      createdAt: call.recordedAt,
      updatedAt: call.recordedAt,
    })
    .returning();
  if (voiceCall === undefined) throw new Error('an inserted voice call was not returned');
  return voiceCall;
}
