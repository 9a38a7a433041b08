import { and, eq, inArray } from 'drizzle-orm';
import type { CallValues } from '../calls/call.store.js';
import type { GivenReference } from '../calls/call-reference.store.js';
import { nextStatus } from '../calls/call-status.js';
import { type Difference, difference, NO_DIFFERENCE } from '../changes/change-log.js';
import type { Transaction } from '../db/database.js';
import type { CallRow } from '../db/tables/calls.js';
import { type VoiceCallRow, voiceCalls } from '../db/tables/voice-calls.js';
import type { Viewer } from '../identity/viewer.js';
import { Forbidden } from '../refusal.js';
import { VOICE_CALL_FIELDS, type VoiceCallPatch, type VoiceCallValues } from './voice-call-values.js';

/**
 * What of the call follows its voice call: status, direction, numbers and duration, as far as they were given; null is
 * not copied. The duration moves the status too where it decides whether an answered call goes on.
 */
export function followingValues(
  call: Pick<CallRow, 'status' | 'vendorStatus' | 'duration' | 'answeredAt'> | null,
  record: Pick<VoiceCallValues, 'status' | 'duration'>,
  given: VoiceCallPatch,
): CallValues {
  const { status = 'UNKNOWN', vendorStatus = null, duration = null, answeredAt = null } = call ?? {};
  const decided = given.duration != null && record.status.startsWith('ANSWERED_BY_');
  const pair =
    given.status || decided
      ? nextStatus(
          { status, vendorStatus, duration, answeredAt },
          { vendorStatus: record.status },
          { duration: record.duration },
        )
      : { status, vendorStatus };
  return {
    ...pair,
    ...(given.direction && { direction: given.direction }),
    ...(given.fromNumber && { from: given.fromNumber }),
    ...(given.toNumber && { to: given.toNumber }),
    ...(given.duration != null && { duration: given.duration }),
  };
}

/** The names under which vcita's record makes its call known, with the arguments that gave them. */
export function referencesOfVoiceCall(given: VoiceCallPatch): GivenReference[] {
  return (['uid', 'sourceId', 'externalUuid'] as const).flatMap((name) => {
    const value = given[name];
    return value ? [{ system: 'VCITA' as const, name, value, path: ['input', name] }] : [];
  });
}

type Handled = Pick<VoiceCallValues, 'staffUid' | 'handledByStaffUid'>;

/** vcita's rule: a STAFF key writes only what is its own, both as it stands and as it will be. */
export function requireOwn(viewer: Viewer, ...records: Handled[]): void {
  if (viewer.kind !== 'STAFF') return;
  const own = ({ staffUid, handledByStaffUid }: Handled) =>
    viewer.staffUid !== null && [staffUid, handledByStaffUid].includes(viewer.staffUid);
  if (!records.every(own)) {
    throw new Forbidden(
      'A STAFF key writes only voice calls of its own: staffUid or handledByStaffUid must be its staff uid, before and after.',
    );
  }
}

/** What changed of a voice call, as a log row shows it. */
export function voiceCallDifference(before: VoiceCallRow | null, after: VoiceCallRow): Difference {
  const { oldValues, newValues } = difference(before, after, VOICE_CALL_FIELDS);
  if (Object.keys(newValues).length === 0) return NO_DIFFERENCE;
  return { oldValues: { voiceCall: before && oldValues }, newValues: { voiceCall: newValues } };
}

/** The voice calls of locked calls. */
export function voiceCallsOf(
  tx: Transaction,
  organizationId: string,
  callIds: string[],
): Promise<VoiceCallRow[]> {
  return tx
    .select()
    .from(voiceCalls)
    .where(and(eq(voiceCalls.organizationId, organizationId), inArray(voiceCalls.callId, callIds)));
}

/** Gives the voice call of one locked call, if it has one, to another that has none. */
export async function moveVoiceCall(
  tx: Transaction,
  organizationId: string,
  from: string,
  to: string,
): Promise<Difference> {
  const [moved] = await tx
    .update(voiceCalls)
    .set({ callId: to })
    .where(and(eq(voiceCalls.organizationId, organizationId), eq(voiceCalls.callId, from)))
    .returning();
  return moved === undefined ? NO_DIFFERENCE : voiceCallDifference(null, moved);
}
