import { and, eq, inArray } from 'drizzle-orm';
import type { CallValues } from '../calls/call.store.js';
import { nextStatus } from '../calls/call-status.js';
import type { GivenReference } from '../calls/reference/call-reference.store.js';
import { withoutWithheld } from '../calls/withheld-numbers.js';
import { type Difference, difference, NO_DIFFERENCE } from '../changes/change-log.js';
import type { Transaction } from '../db/database.js';
import type { CallRow } from '../db/tables/calls.js';
import { type VoiceCallRow, voiceCalls } from '../db/tables/voice-calls.js';
import { Forbidden } from '../foundation/refusal.js';
import type { Viewer } from '../identity/viewer.js';
import { VOICE_CALL_FIELDS, type VoiceCallPatch, type VoiceCallValues } from './voice-call-values.js';

export type Followed = Pick<
  CallRow,
  'status' | 'vendorStatus' | 'duration' | 'answeredAt' | 'direction' | 'originator' | 'receiver'
>;

const UNKNOWN: Followed = {
  ...{ status: 'UNKNOWN', vendorStatus: null, duration: null, answeredAt: null },
  ...{ direction: 'UNKNOWN', originator: null, receiver: null },
};

/** Null is not copied. The duration also sets the status if it decides whether an answered call has ended. */
export function followingValues(
  call: Followed | null,
  record: Pick<VoiceCallValues, 'status' | 'duration'>,
  given: VoiceCallPatch,
): CallValues {
  const { status, vendorStatus, duration, answeredAt } = call ?? UNKNOWN;
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
    ...(given.duration != null && { duration: given.duration }),
    ...withoutWithheld(
      {
        ...(given.direction && { direction: given.direction }),
        ...(given.fromNumber && { from: given.fromNumber }),
        ...(given.toNumber && { to: given.toNumber }),
      },
      call ?? UNKNOWN,
    ),
  };
}

export function referencesOfVoiceCall(given: VoiceCallPatch, path: string[] = []): GivenReference[] {
  return (['uid', 'sourceId', 'externalUuid'] as const).flatMap((name) => {
    const value = given[name];
    return value ? [{ system: 'VCITA' as const, name, value, path: [...path, 'input', name] }] : [];
  });
}

type Handled = Pick<VoiceCallValues, 'staffUid' | 'handledByStaffUid'>;

/** vcita's rule: a STAFF key writes only its own records, before and after a change. */
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

export function voiceCallDifference(before: VoiceCallRow | null, after: VoiceCallRow): Difference {
  const { oldValues, newValues } = difference(before, after, VOICE_CALL_FIELDS);
  if (Object.keys(newValues).length === 0) return NO_DIFFERENCE;
  return { oldValues: { voiceCall: before && oldValues }, newValues: { voiceCall: newValues } };
}

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
