import type { TransactionSql as Sql } from 'postgres';
import { QUEUES } from './dataset.js';

/** Rows for a range of calls, both ends included, from which the steps below take what they store; gone at the end. */
export const prepareChunk = (sql: Sql, first: number, last: number) => sql`
  create temporary table chunk on commit drop as select * from load.rows(${first}::bigint, ${last}::bigint)`;

/**
 * Calls as vendors leave them, 1 in 10 of them live, with 300 to 500 bytes of metadata. Their newest patch is the one
 * that they were registered with.
 */
export const loadCalls = (sql: Sql) => sql`
  insert into calls (organization_id, id, direction, status, vendor_status, type, from_address, to_address,
    channel_id, assistant, tags, duration, ringing_at, started_at, answered_at, ended_at, cost, metadata, metadata_at,
    metadata_arrival, flow_revision, revision, change_label, created_at, updated_at)
  select organization_id, id, direction, status, coalesce(${voiceStatus(sql)}, lower(status)), 'pstn', caller, called,
    'channel-' || r[3] % 20, jsonb_build_object('assistantId', 'assistant-' || r[5] % 50, 'name', 'ServiceBot'),
    array['team-' || r[4] % 10, 'product-' || r[2] % 7], duration, load.instant(ms), load.instant(ms + 2000),
    case when duration is not null or status = 'IN_PROGRESS' then load.instant(ms + 9000) end,
    case when r[1] >= 100 then load.instant(ms + 9000 + coalesce(duration, 20) * 1000) end,
    jsonb_build_object('total', '0.05', 'llm', '0.02', 'tts', '0.01', 'stt', '0.01', 'currency', 'USD'),
    jsonb_build_object(
      'customer_id', 'cust_' || substr(hash, 1, 12),
      'segment', case when r[4] < 100 then 'gold' else 'silver' end,
      'language', case when r[5] < 100 then 'fr' when r[5] < 400 then 'es' else 'en' end,
      'ticket', jsonb_build_object('id', 'TICKET-' || n, 'priority', 'P' || r[3] % 4, 'queue', 'queue-' || r[2] % ${QUEUES}::int),
      'survey', jsonb_build_object('asked', r[4] < 700, 'score', r[4] % 11),
      'summary', left('The caller asked about ' || substr(hash, 9, 8) || ', was told what the account shows, and '
        || 'agreed to be called back after the department has looked at the papers; the agent promised an answer within '
        || 'two working days and a confirmation by mail.', 100 + r[5] % 150)
    ),
    case when whole then load.instant(ms) end, case when whole then n + 1 end,
    (whole and ${hasFlow(sql)})::int, 1, next_change_label(0), load.instant(ms), load.instant(ms)
  from chunk
  cross join lateral (
    select case when r[5] < 600 then 'INBOUND' else 'OUTBOUND' end as direction, ${status(sql)} as status,
      '+1650' || 5550000 + r[3] as caller, '+1415' || 5551000 + r[4] % 20 as called,
      case when r[1] >= 260 then 10 + r[4] * r[4] / 600 end as duration
  ) derived`;

/** The session by which Creovai's events name each call, and of a voice call vcita's two names. */
export const loadReferences = (sql: Sql) => sql`
  insert into call_references (organization_id, system, name, value, call_id)
  select organization_id, system, name, prefix || n, id
  from chunk
  join (values ('CREOVAI', 'sessionId', 'session-'), ('VCITA', 'sourceId', 'source-'), ('VCITA', 'externalUuid', 'external-'))
    names (system, name, prefix) on names.system = 'CREOVAI' or ${hasVoiceCall(sql)}
  where whole`;

/** To each five calls an event of a session that nobody knows yet: it waits. */
export const loadEvents = (sql: Sql) => sql`
  insert into call_events (organization_id, id, actor, target, session_id, reference_system, reference_name,
    reference_value, event_time, arrival, metadata, match, created_at)
  select organization_id, load.id(hash, ms, 12), 'bench', 'SESSION', 'unknown-' || n, 'CREOVAI', 'sessionId', 'unknown-' || n,
    load.instant(ms), n + 1, jsonb_build_object('sentiment', 'neutral', 'silence_seconds', r[3] % 60), 'PENDING',
    load.instant(ms)
  from chunk where whole and n % 10 < 2`;

export const loadVoiceCalls = (sql: Sql) => sql`
  insert into voice_calls (organization_id, id, call_id, staff_uid, client_uid, from_number, to_number, direction, status,
    rate, price, provider, source_id, external_uuid, duration, call_summary, external_app_url, external_app_name,
    recording_id, revision, created_at, updated_at)
  select organization_id, load.id(hash, ms, 2), id, 'staff-' || r[5] % 100, 'client-' || r[3], '+1650' || 5550000 + r[3],
    '+1415' || 5551000 + r[4] % 20, case when r[5] < 600 then 'INBOUND' else 'OUTBOUND' end, ${voiceStatus(sql)}, 0.05,
    case when r[1] >= 260 then 1.50 end, 'VONAGE', 'source-' || n, 'external-' || n,
    case when r[1] >= 260 then 10 + r[4] * r[4] / 600 end, 'Asked about ' || substr(hash, 9, 8) || ' and was called back',
    'https://example.com/calls/' || n, 'Helpdesk', 'recording-' || n, 1, load.instant(ms), load.instant(ms)
  from chunk where ${hasVoiceCall(sql)}`;

/** REGISTERED, with the metadata as its patch: the ledger of each call comes to what the call has. */
export const loadChanges = (sql: Sql) => sql`
  insert into call_changes (organization_id, label, seq, id, call_id, kind, actor, revision, patch, effective_at, arrival,
    old_values, new_values, recorded_at)
  select c.organization_id, c.change_label, nextval('call_change_seq'), load.id(l.hash, l.ms, 3), c.id, 'REGISTERED', 'bench',
    1, c.metadata, c.metadata_at, c.metadata_arrival, '{}',
    jsonb_build_object('status', c.status, 'from', c.from_address, 'to', c.to_address, 'metadata', c.metadata), c.created_at
  from chunk l join calls c on c.organization_id = l.organization_id and c.id = l.id
  where l.whole`;

/** 8 in 10 calls have their business record, and as many, though not the same, a flow. */
const hasVoiceCall = (sql: Sql) => sql`r[2] < 800`;
export const hasFlow = (sql: Sql) => sql`r[3] < 800`;

const status = (sql: Sql) => sql`case when r[1] < 50 then 'RINGING' when r[1] < 100 then 'IN_PROGRESS'
  when r[1] < 200 then 'NO_ANSWER' when r[1] < 260 then 'VOICEMAIL' else 'COMPLETED' end`;

/** vcita's word for the same; null without a voice call. */
const voiceStatus = (sql: Sql) => sql`case when ${hasVoiceCall(sql)} then
  case when r[1] < 50 then 'INCOMING_CALL' when r[1] < 100 then 'ANSWERED_BY_STAFF' when r[1] < 200 then 'MISSED'
    when r[1] < 260 then 'VOICEMAIL' else 'ANSWERED_BY_STAFF' end end`;
