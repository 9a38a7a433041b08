import { sql } from 'drizzle-orm';
import type { Transaction } from '../../db/database.js';
import type { CallRow } from '../../db/tables/calls.js';

/**
 * What filters look at and a join moves, before it does: subscribers whose cursor is from before the join are sent what the
 * record was, and the log may be pruned by then.
 */
export async function keepJoinedState(
  tx: Transaction,
  { organizationId, id }: Pick<CallRow, 'organizationId' | 'id'>,
): Promise<void> {
  await tx.execute(sql`
    insert into call_checkpoints (organization_id, call_id, joined)
    select ${organizationId}::uuid, ${id}::uuid, jsonb_build_object(
      'references', (
        select jsonb_agg(jsonb_build_object('system', r.system, 'value', r.value)) from call_references r
        where r.organization_id = ${organizationId} and r.call_id = ${id}),
      'groups', (
        select jsonb_agg(jsonb_build_object('kind', g.kind, 'key', g.key)) from call_group_members m
        join call_groups g on g.organization_id = m.organization_id and g.id = m.group_id
        where m.organization_id = ${organizationId} and m.call_id = ${id}),
      'voiceCall', (
        select jsonb_build_object('staffUid', v.staff_uid, 'clientUid', v.client_uid, 'callSummary', v.call_summary,
          'handledByStaffUid', v.handled_by_staff_uid) from voice_calls v
        where v.organization_id = ${organizationId} and v.call_id = ${id}),
      'recordings', (
        select jsonb_agg(jsonb_build_object('system', r.system, 'vendorId', r.vendor_id)) from call_recordings r
        where r.organization_id = ${organizationId} and r.call_id = ${id}),
      'transcripts', (
        select jsonb_agg(jsonb_build_object('system', t.system, 'vendorId', t.vendor_id)) from call_transcripts t
        where t.organization_id = ${organizationId} and t.call_id = ${id}))
    on conflict (organization_id, call_id) do update set joined = excluded.joined`);
}
