import type { Sql } from 'postgres';
import { isTerminal, statusOfWord } from '../../../src/calls/call-status.js';
import { newId } from '../../../src/foundation/new-id.js';
import { type Answer, writeParts } from './limit-parts.js';
import { ACTOR } from './shared/settings.js';

type Update = { voiceCall: { id: string }; input: Record<string, string | number> };

/** The limit's updateVoiceCall. The sourceId and externalUuid stay as they are, so the references do, too. */
export function limitVoiceCallWrites(sql: Sql, organization: string) {
  const { bookkeeping, logColumns } = writeParts(sql);

  function updateVoiceCall({ voiceCall, input }: Update) {
    const i = (name: string) => input[name] ?? null;
    const record = JSON.stringify({ ...input, handledByStaffUid: i('handledByStaffUid') });
    const status = statusOfWord(String(input.status), { duration: Number(input.duration) });
    // A live status never replaces a terminal one.
    const moves = isTerminal(status) ? sql`true` : sql`t.status in ('RINGING', 'IN_PROGRESS')`;
    return sql<Answer>`
      with target as materialized (
        select c.id, c.revision, c.change_label, c.status, c.vendor_status, c.given_customer_number, v.id as voice_id,
          jsonb_build_object('direction', c.direction, 'status', c.status, 'vendorStatus', c.vendor_status,
            'from', c.from_address, 'to', c.to_address, 'customerNumber', c.customer_number, 'duration', c.duration)
            as call_before,
          jsonb_build_object('staffUid', staff_uid, 'clientUid', client_uid, 'fromNumber', from_number,
            'toNumber', to_number, 'direction', v.direction, 'status', v.status, 'rate', rate::text, 'price', price::text,
            'provider', provider, 'sourceId', source_id, 'externalUuid', external_uuid, 'duration', v.duration,
            'callSummary', call_summary, 'externalAppUrl', external_app_url, 'externalAppName', external_app_name,
            'recordingId', recording_id, 'handledByStaffUid', handled_by_staff_uid) as before,
          ${record}::text::jsonb as record
        from voice_calls v join calls c on c.organization_id = v.organization_id and c.id = v.call_id
        where v.organization_id = ${organization} and v.id = ${voiceCall.id} for no key update of c, v
      ), next as materialized (
        select *, jsonb_build_object('direction', ${i('direction')}::text, 'status', next_status,
          'vendorStatus', next_word, 'from', ${i('fromNumber')}::text, 'to', ${i('toNumber')}::text,
          'customerNumber', coalesce(given_customer_number,
            ${i('direction') === 'INBOUND' ? i('fromNumber') : i('toNumber')}::text),
          'duration', ${i('duration')}::int) as call_after
        from (
          select t.*, ${bookkeeping}, case when ${moves} then ${status}::text else t.status end as next_status,
            case when ${moves} then ${i('status')}::text else t.vendor_status end as next_word
          from target t offset 0
        ) t
      ), logged as (
        insert into call_changes (${logColumns})
        select ${organization}, label, seq, ${newId().id}, id, 'VOICE_CALL_UPDATED', ${ACTOR}, revision + 1, null, null,
          recorded, null,
          jsonb_build_object('voiceCall', changed_members(before, record)) || changed_members(call_before, call_after),
          jsonb_build_object('voiceCall', changed_members(record, before)) || changed_members(call_after, call_before),
          recorded
        from next
      ), saved as (
        update calls c set direction = ${i('direction')}, status = next_status, vendor_status = next_word,
          from_address = ${i('fromNumber')}, to_address = ${i('toNumber')}, duration = ${i('duration')},
          revision = n.revision + 1, change_label = label, updated_at = recorded
        from next n where c.organization_id = ${organization} and c.id = n.id
      )
      update voice_calls v set staff_uid = ${i('staffUid')}, client_uid = ${i('clientUid')},
        from_number = ${i('fromNumber')}, to_number = ${i('toNumber')}, direction = ${i('direction')},
        status = ${i('status')}, rate = ${i('rate')}, price = ${i('price')}, provider = ${i('provider')},
        source_id = ${i('sourceId')}, external_uuid = ${i('externalUuid')}, duration = ${i('duration')},
        call_summary = ${i('callSummary')}, external_app_url = ${i('externalAppUrl')},
        external_app_name = ${i('externalAppName')}, recording_id = ${i('recordingId')},
        handled_by_staff_uid = ${i('handledByStaffUid')}, revision = v.revision + 1, updated_at = recorded
      from next n where v.organization_id = ${organization} and v.id = n.voice_id
      returning json_build_object('data', json_build_object('updateVoiceCall', json_build_object(
        'voiceCall', json_build_object('id', v.id, 'revision', v.revision, 'status', v.status, 'rate', v.rate::text,
          'price', v.price::text, 'duration', v.duration, 'callSummary', v.call_summary,
          'updatedAt', to_char(v.updated_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')),
        'errors', '[]'::json)))::text as answer`;
  }

  return { 'update-voice-call': updateVoiceCall };
}
