import type { TransactionSql as Sql } from 'postgres';

/** A range of load.source to be written, both ends included. */
export interface Chunk {
  first: number;
  last: number;
}

/**
 * Writes calls as vendors describe them, with several hundred bytes of metadata. In the metadata 1 in 1,000 is of the
 * segment platinum and 1 in 10 of gold, 1 in 10 is in French, 1 in 100 has the key `escalated`, the oldest tenth was
 * migrated (and has the tag `legacy`), and the ticket's id is the call's own.
 */
export const loadCalls = (sql: Sql, { first, last }: Chunk) => sql`
  insert into calls (organization_id, id, direction, status, vendor_status, type, from_address, to_address,
    channel_id, assistant, tags, duration, ringing_at, started_at, answered_at, ended_at, cost, metadata,
    flow_revision, revision, change_label, created_at, updated_at)
  select organization_id, id, direction, status, lower(status), 'pstn',
    case direction when 'INBOUND' then customer else line end,
    case direction when 'INBOUND' then line else customer end,
    'channel-' || rank[6] % 20,
    jsonb_build_object('assistantId', 'assistant-' || rank[6] % 50, 'name', 'ServiceBot'),
    array['team-' || rank[5] % 10, 'product-' || rank[5] % 7]
      || case when rank[5] < 10 then array['vip'] when rank[5] = 500 then array['rare'] else '{}' end
      || case when n < calls / 10 then array['legacy'] else '{}' end,
    duration,
    load.instant(ms),
    load.instant(ms + 2000),
    load.instant(ms + 9000),
    case when status <> 'IN_PROGRESS' then load.instant(ms + 9000 + coalesce(duration, 20) * 1000) end,
    jsonb_build_object('total', '0.05', 'llm', '0.02', 'tts', '0.01', 'stt', '0.01', 'currency', 'USD'),
    jsonb_build_object(
      'customer_id', 'cust_' || substr(hash, 1, 12),
      'segment', case when rank[1] = 0 then 'platinum' when rank[1] <= 100 then 'gold' else 'silver' end,
      'language', case when rank[2] < 100 then 'fr' when rank[2] < 400 then 'es' else 'en' end,
      'outcome', case when rank[4] < 500 then 'appointment_scheduled' else 'information_given' end,
      'ticket', jsonb_build_object('id', 'TICKET-' || n, 'priority', 'P' || rank[3] % 4, 'queue', 'queue-' || rank[3] % 12),
      'survey', jsonb_build_object('asked', rank[8] < 700, 'score', rank[8] % 11),
      'summary', 'The caller asked about ' || substr(hash, 9, 8) || ', was told what the account shows, and '
        || 'agreed to be called back after the department has looked at the papers of ' || substr(hash, 17, 8)
        || '; the agent promised an answer within two working days.',
      'recording', jsonb_build_object('id', hash, 'channels', 2, 'transcribed', true)
    ) || case when rank[8] < 10 then '{"escalated": {"by": "agent"}}'::jsonb else '{}' end
      || case when n < calls / 10 then '{"era": "migrated"}'::jsonb else '{}' end,
    0, 1, 3, load.instant(ms),
    load.instant(ms + 9000 + case when rank[9] % 5 = 0 then rank[9] * 172800 else coalesce(duration, 20) * 1000 end)
  from load.source(${first}, ${last})
  cross join load.settings
  cross join lateral (
    select
      case when rank[7] < 600 then 'INBOUND' when rank[7] < 950 then 'OUTBOUND' else 'INTERNAL' end as direction,
      '+1650' || 5550000 + rank[3] as customer,
      '+1415' || 5551000 + rank[7] % 20 as line,
      case when rank[4] = 0 then 'IN_PROGRESS' when rank[4] <= 10 then 'FAILED' when rank[4] <= 60 then 'VOICEMAIL'
        when rank[4] <= 160 then 'NO_ANSWER' when rank[4] <= 180 then 'BUSY' else 'COMPLETED' end as status,
      case when rank[4] > 180 then 10 + rank[9] * rank[9] / 600 end as duration
  ) derived`;

/** Each call by Burki's id, every second one by its CREOVAI session too. */
export const loadReferences = (sql: Sql, { first, last }: Chunk) => sql`
  insert into call_references (organization_id, system, name, value, call_id)
  select organization_id, 'BURKI', 'id', 'call-' || n, id from load.source(${first}, ${last})
  union all
  select organization_id, 'CREOVAI', 'sessionId', 'session-' || n, id from load.source(${first}, ${last})
  where n % 2 = 0`;

/** A thousand cases for every second call, and one collection of 1 in 100. */
export const loadGroups = (sql: Sql) => sql`
  insert into call_groups (organization_id, id, kind, key)
  select o.organization_id, load.id('case', o.number, g, since), 'case', 'case-' || g
  from load.organizations o cross join load.settings cross join generate_series(0, 999) g
  union all
  select o.organization_id, load.id('collection', o.number, 0, since), 'collection', 'audit'
  from load.organizations o cross join load.settings`;

export const loadMembers = (sql: Sql, { first, last }: Chunk) => sql`
  insert into call_group_members (organization_id, group_id, call_id)
  select organization_id, load.id('case', organization, rank[10], since), id
  from load.source(${first}, ${last}) cross join load.settings where n % 2 = 1
  union all
  select organization_id, load.id('collection', organization, 0, since), id
  from load.source(${first}, ${last}) cross join load.settings where rank[10] < 10`;

/** 3 in 10 calls have their business record; a hundred of the staff share them. */
export const loadVoiceCalls = (sql: Sql, { first, last }: Chunk) => sql`
  insert into voice_calls (organization_id, id, call_id, uid, staff_uid, client_uid, from_number, to_number, direction,
    status, rate, price, provider, source_id, external_uuid, duration, call_summary, revision, created_at, updated_at)
  select organization_id, load.id('voice', organization, n, ms + 1000), id, 'voice-' || n, 'staff-' || rank[6] % 100,
    'client-' || rank[3], '+1650' || 5550000 + rank[3], '+1415' || 5551000 + rank[7] % 20,
    case when rank[7] < 600 then 'INBOUND' else 'OUTBOUND' end,
    case when rank[4] <= 60 then 'VOICEMAIL' when rank[4] <= 160 then 'MISSED' else 'ANSWERED_BY_STAFF' end,
    0.05, 1.5, 'VONAGE', 'source-' || n, 'external-' || n, 10 + rank[9], 'Asked about the balance', 1,
    load.instant(ms + 1000), load.instant(ms + 1000)
  from load.source(${first}, ${last}) where rank[8] between 100 and 399`;

/** 1 in 20 calls has a recording and its transcript, of two kilobytes or so; in one of its lines stands the call's own hash. */
export const loadRecordings = (sql: Sql, { first, last }: Chunk) => sql`
  insert into call_recordings (organization_id, id, call_id, system, vendor_id, kind, created_at)
  select organization_id, load.id('recording', organization, n, ms), id, 'BURKI', 'recording-' || n, 'CALL', load.instant(ms)
  from load.source(${first}, ${last}) where n % 20 = 0`;

export const loadTranscripts = (sql: Sql, { first, last }: Chunk) => sql`
  insert into call_transcripts (organization_id, id, call_id, system, vendor_id, lines, digest, created_at)
  select organization_id, load.id('transcript', organization, n, ms), id, 'BURKI', 'transcript-' || n, spoken.lines, hash,
    load.instant(ms)
  from load.source(${first}, ${last})
  cross join lateral (
    select jsonb_agg(jsonb_build_object('speaker', 'AGENT', 'text', 'Line ' || line || ': the caller asked about '
      || case when line = 7 then hash else substr(md5(hash || line), 1, 6) end || ' and was promised an answer soon.')) as lines
    from generate_series(1, 30) line offset 0
  ) spoken
  where n % 20 = 0`;

/** By the gateway's own functions, which triggers call outside of the load. */
export const loadSearch = async (sql: Sql, { first, last }: Chunk) => {
  await sql`select write_call_search(organization_id, array_agg(id)) from load.source(${first}, ${last})
    group by organization_id`;
  await sql`insert into call_search (organization_id, call_id, source, text)
    select t.organization_id, t.call_id, t.id, transcript_text(t.summary, t.lines) from load.source(${first}, ${last}) s
    join call_transcripts t on t.organization_id = s.organization_id
      and t.id = load.id('transcript', s.organization, s.n, s.ms) where s.n % 20 = 0`;
};

/** Every second call has an event of its session; of a tenth of them the call is not known yet, or not for sure. */
export const loadEvents = (sql: Sql, { first, last }: Chunk) => sql`
  insert into call_events (organization_id, id, event_id, actor, target, session_id, reference_system, reference_name,
    reference_value, event_time, arrival, metadata, match, created_at)
  select organization_id, load.id('event', organization, n, ms + 60000), 'event-' || n, 'bench',
    case when rank[9] < 10 then 'RULES' else 'SESSION' end, session, case when session is not null then 'CREOVAI' end,
    case when session is not null then 'sessionId' end, session, load.instant(ms + 55000), n + 1,
    jsonb_build_object('sentiment', 'neutral', 'silence_seconds', rank[2], 'score', rank[3]),
    case when rank[9] < 10 then 'AMBIGUOUS' when rank[9] < 100 then 'PENDING' else 'MATCHED' end,
    load.instant(ms + 60000)
  from load.source(${first}, ${last})
  cross join lateral (
    select case when rank[9] >= 100 then 'session-' || n when rank[9] >= 10 then 'lost-' || n end as session
  ) derived
  where n % 2 = 0`;

export const loadEventCalls = (sql: Sql, { first, last }: Chunk) => sql`
  insert into call_event_calls (organization_id, event_id, call_id)
  select organization_id, load.id('event', organization, n, ms + 60000), id
  from load.source(${first}, ${last}) where n % 2 = 0 and rank[9] >= 100`;
