import type { VoiceCallRow } from '../../db/tables/voice-calls.js';
import { encodeId } from '../../graphql/ids.js';

/** vcita's voiceCall. It never shows rate, price and provider; what is not known is null. */
export function vcitaVoiceCall(row: VoiceCallRow) {
  return {
    // Until vcita has given it one, the voice call goes by its id here.
    uid: row.uid ?? encodeId('voice_call', row.id),
    duration: row.duration,
    created_at: row.createdAt.toISOString(),
    updated_at: row.updatedAt.toISOString(),
    // vcita's own name for it today.
    status: row.status === 'VOICEMAIL_RECEIVED' ? 'VOICEMAIL' : row.status,
    direction: row.direction,
    staff_uid: row.staffUid,
    client_uid: row.clientUid,
    from_number: row.fromNumber,
    to_number: row.toNumber,
    call_summary: row.callSummary,
    recording: row.recordingId === null ? null : { uid: row.recordingId },
    external_app_url: row.externalAppUrl,
    external_app_name: row.externalAppName,
    source_id: row.sourceId,
    external_uuid: row.externalUuid,
    handled_by_staff_uid: row.handledByStaffUid,
    handled_at: null,
    deleted_at: null,
    transcript_status: null,
  };
}

export const snakeCase = (name: string): string =>
  name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
export const camelCase = (name: string): string =>
  name.replaceAll(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
