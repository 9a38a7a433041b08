import type { Sql } from 'postgres';

/** One organization's rows in the database, without a server between. */
export interface Store {
  sql: Sql;
  organizationId: string;
}

/** What is stored of a call as it was before a write, to be put back; as text, which keeps the zeros of a decimal. */
export interface Snapshot {
  callId: string;
  call: string;
  voiceCall: string | null;
}

/** The call that a write names: by its id, by its voice call's, or by its session. */
export async function snapshotOf(
  { sql, organizationId }: Store,
  { id = null, session = null }: { id?: string | null; session?: string | null },
): Promise<Snapshot> {
  const [row] = await sql<Snapshot[]>`
    select c.id as "callId", to_jsonb(c)::text as call, to_jsonb(v)::text as "voiceCall"
    from calls c left join voice_calls v on v.organization_id = c.organization_id and v.call_id = c.id
    where c.organization_id = ${organizationId} and c.id in (
      select ${id}::uuid where ${id}::uuid is not null
      union all
      select call_id from voice_calls where organization_id = ${organizationId} and id = ${id}
      union all
      select call_id from call_references
      where organization_id = ${organizationId} and system = 'CREOVAI' and name = 'sessionId' and value = ${session})`;
  if (row === undefined) throw new Error(`no call is named by ${id ?? session}`);
  return row;
}

/**
 * All that a write may have changed of a call and may have added to it, but for the times that guard against old vendor
 * records, which others do not have. Of numbers that are drawn from a sequence or
 * from a transaction it says only whether they agree with each other.
 */
export async function storedOf(
  { sql, organizationId }: Store,
  { callId }: Snapshot,
  since: Date,
): Promise<unknown> {
  const itsCall = (table: string) =>
    sql`${sql(table)}.organization_id = ${organizationId} and ${sql(table)}.call_id = ${callId}`;
  const [row] = await sql<{ stored: unknown }[]>`
    select jsonb_build_object(
      'call', to_jsonb(c) - '{change_label,metadata_arrival,field_times}'::text[],
      'voiceCall', (select to_jsonb(v) from voice_calls v where ${itsCall('v')}),
      'flows', (select jsonb_agg(to_jsonb(f) - 'position' || jsonb_build_object('commands', (
          select jsonb_agg(to_jsonb(m) order by position) from call_flow_commands m
          where m.organization_id = ${organizationId} and m.flow_id = f.id)) order by f.revision)
        from call_flows f where ${itsCall('f')}),
      'history', (select jsonb_agg(to_jsonb(h) - '{label,seq,arrival}'::text[] || jsonb_build_object(
          'isNewest', h.label = c.change_label, 'isNewestPatch', h.arrival = c.metadata_arrival) order by h.label, h.seq)
        from call_changes h where ${itsCall('h')} and h.recorded_at >= ${since}),
      'events', (select jsonb_agg(to_jsonb(e) - '{arrival,recorded_in}'::text[] || jsonb_build_object(
          'isNewestPatch', e.arrival = c.metadata_arrival))
        from call_event_calls a join call_events e on e.organization_id = a.organization_id and e.id = a.event_id
        where ${itsCall('a')} and e.created_at >= ${since})
    ) as stored from calls c where c.organization_id = ${organizationId} and c.id = ${callId}`;
  return row?.stored;
}

/** Undoes a write, for the next contender to do the same. No event of the call may be older than the write. */
export async function putBack(
  { sql, organizationId }: Store,
  { callId, call, voiceCall }: Snapshot,
  since: Date,
): Promise<void> {
  await sql.begin(async (tx) => {
    const itsCall = tx`organization_id = ${organizationId} and call_id = ${callId}`;
    const itsNewFlows = tx`select id from call_flows where ${itsCall} and created_at >= ${since}`;
    await tx`set local session_replication_role = replica`;
    await tx`delete from call_changes where ${itsCall} and recorded_at >= ${since}`;
    await tx`
      delete from call_events where organization_id = ${organizationId}
      and id in (select event_id from call_event_calls where ${itsCall})`;
    await tx`delete from call_event_calls where ${itsCall}`;
    await tx`
      delete from call_flow_commands where organization_id = ${organizationId} and flow_id in (${itsNewFlows})`;
    await tx`delete from call_flows where ${itsCall} and created_at >= ${since}`;
    await tx`
      update calls c set direction = s.direction, status = s.status, vendor_status = s.vendor_status,
        from_address = s.from_address, to_address = s.to_address, duration = s.duration, metadata = s.metadata,
        metadata_at = s.metadata_at, metadata_arrival = s.metadata_arrival, flow_revision = s.flow_revision,
        revision = s.revision, change_label = s.change_label, updated_at = s.updated_at
      from jsonb_populate_record(null::calls, ${call}::text::jsonb) s
      where c.organization_id = ${organizationId} and c.id = ${callId}`;
    if (voiceCall === null) return;
    await tx`delete from voice_calls where ${itsCall}`;
    await tx`insert into voice_calls
      select * from jsonb_populate_record(null::voice_calls, ${voiceCall}::text::jsonb)`;
  });
}
