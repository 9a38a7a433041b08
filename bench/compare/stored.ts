import type { Sql } from 'postgres';

/** What is stored of a call as it was before a write, to be put back; as text, which keeps the zeros of a decimal. */
export interface Snapshot {
  callId: string;
  call: string;
  voiceCall: string | null;
}

/** The call that a write names: by its id, by its voice call's, or by its session. */
export async function snapshotOf(sql: Sql, { id, session }: { id?: string; session?: string }) {
  const [row] = await sql<Snapshot[]>`
    select c.id as "callId", to_jsonb(c)::text as call, to_jsonb(v)::text as "voiceCall"
    from calls c left join voice_calls v on v.organization_id = c.organization_id and v.call_id = c.id
    where c.id = ${id ?? null} or v.id = ${id ?? null}
      or c.id = (select call_id from call_references where system = 'CREOVAI' and value = ${session ?? null})`;
  if (row === undefined) throw new Error(`no call is named by ${id ?? session}`);
  return row;
}

/**
 * All that a write may have changed of a call and may have added to it. Of numbers that are drawn from a sequence or
 * from a transaction it says only whether they agree with each other.
 */
export async function storedOf(sql: Sql, { callId }: Snapshot, since: Date): Promise<unknown> {
  const [row] = await sql<{ stored: unknown }[]>`
    select jsonb_build_object(
      'call', to_jsonb(c) - '{change_label,metadata_arrival}'::text[],
      'voiceCall', (select to_jsonb(v) from voice_calls v where v.call_id = c.id),
      'flows', (select jsonb_agg(to_jsonb(f) || jsonb_build_object('commands',
          (select jsonb_agg(to_jsonb(m) order by position) from call_flow_commands m where m.flow_id = f.id)) order by f.revision)
        from call_flows f where f.call_id = c.id),
      'history', (select jsonb_agg(to_jsonb(h) - '{label,seq,arrival}'::text[] || jsonb_build_object(
          'isNewest', h.label = c.change_label, 'isNewestPatch', h.arrival = c.metadata_arrival) order by h.label, h.seq)
        from call_changes h where h.call_id = c.id and h.recorded_at >= ${since}),
      'events', (select jsonb_agg(to_jsonb(e) - '{arrival}'::text[] || jsonb_build_object(
          'isNewestPatch', e.arrival = c.metadata_arrival))
        from call_event_calls a join call_events e on e.id = a.event_id where a.call_id = c.id and e.created_at >= ${since})
    ) as stored from calls c where c.id = ${callId}`;
  return row?.stored;
}

/** Undoes a write, for the next contender to do the same. */
export async function putBack(sql: Sql, { callId, call, voiceCall }: Snapshot, since: Date): Promise<void> {
  await sql.begin(async (tx) => {
    await tx`set local session_replication_role = replica`;
    await tx`delete from call_changes where call_id = ${callId} and recorded_at >= ${since}`;
    await tx`delete from call_events where created_at >= ${since}`;
    await tx`delete from call_event_calls where call_id = ${callId}`;
    await tx`delete from call_flow_commands m using call_flows f
      where f.id = m.flow_id and f.call_id = ${callId} and f.created_at >= ${since}`;
    await tx`delete from call_flows where call_id = ${callId} and created_at >= ${since}`;
    await tx`
      update calls c set direction = s.direction, status = s.status, vendor_status = s.vendor_status,
        from_address = s.from_address, to_address = s.to_address, duration = s.duration, metadata = s.metadata,
        metadata_at = s.metadata_at, metadata_arrival = s.metadata_arrival, flow_revision = s.flow_revision,
        revision = s.revision, change_label = s.change_label, updated_at = s.updated_at
      from jsonb_populate_record(null::calls, ${call}::text::jsonb) s where c.id = s.id`;
    if (voiceCall === null) return;
    await tx`delete from voice_calls where call_id = ${callId}`;
    await tx`insert into voice_calls
      select * from jsonb_populate_record(null::voice_calls, ${voiceCall}::text::jsonb)`;
  });
}
