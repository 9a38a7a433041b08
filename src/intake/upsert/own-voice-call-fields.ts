import { sql } from 'drizzle-orm';
import { differing } from '../../calls/call-fields.js';
import { referenceKey } from '../../calls/reference/call-reference.store.js';
import type { Transaction } from '../../db/database.js';
import type { VoiceCallRow } from '../../db/tables/voice-calls.js';
import type { VoiceCallPatch } from '../../voice-calls/voice-call-values.js';
import type { UpsertCall } from './upsert-call.js';
import { recordsOf } from './vendor-record.js';

/** By call id, and then by field of its voice call: when it was changed here, where no vendor has changed it since. */
export type OwnVoiceCallFields = ReadonlyMap<string, ReadonlyMap<string, number>>;

/** Of those calls whose voice call a record would change. The calls must be locked. */
export async function readOwnVoiceCallFields(
  tx: Transaction,
  organizationId: string,
  inputs: UpsertCall[],
  owners: ReadonlyMap<string, string>,
  voiceCalls: ReadonlyMap<string, VoiceCallRow>,
): Promise<OwnVoiceCallFields> {
  const changing = inputs.flatMap(({ record, references }) => {
    const [callId = ''] = references.flatMap((reference) => owners.get(referenceKey(reference)) ?? []);
    const row = voiceCalls.get(callId);
    return row && record?.voiceCall && differs(row, record.voiceCall) ? [callId] : [];
  });
  const fields = new Map<string, Map<string, number>>();
  if (changing.length === 0) return fields;
  const rows = await tx.execute<{ call_id: string; field: string; at: number | null }>(sql`
    select distinct on (k.call_id, k.field) k.call_id, k.field, k.at
    from (
      select o.call_id, v.field, case when h.account_id is null then (extract(epoch from h.recorded_at) * 1000)::float8 end as at,
        h.label, h.seq
      from ${recordsOf(organizationId, changing)} o
      join call_changes h on h.organization_id = ${organizationId} and h.call_id = o.id
      cross join jsonb_object_keys(h.new_values -> 'voiceCall') v(field)
      where h.kind in ('VOICE_CALL_CREATED', 'VOICE_CALL_UPDATED')
      union all
      select o.call_id, t.key, (nullif(t.value, 'null'))::float8, 0, 0
      from ${recordsOf(organizationId, changing)} o
      join call_checkpoints c on c.organization_id = ${organizationId} and c.call_id = o.id
      cross join jsonb_each(c.voice_call_times) t
    ) k
    order by k.call_id, k.field, k.label desc, k.seq desc`);
  for (const { call_id, field, at } of rows) {
    if (at !== null) fields.set(call_id, (fields.get(call_id) ?? new Map()).set(field, Number(at)));
  }
  return fields;
}

const differs = (row: VoiceCallRow, patch: VoiceCallPatch): boolean =>
  Object.keys(differing<VoiceCallRow>(row, patch)).length > 0;
