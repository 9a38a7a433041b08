import { and, eq, getTableColumns, type SQL, sql } from 'drizzle-orm';
import type { CallSystem } from '../calls/call.enums.js';
import type {
  RecordedName,
  SnapshotTranscript,
  SnapshotVoiceCall,
} from '../calls/filter/call-snapshot.values.js';
import type { GroupName } from '../calls/group/call-group.values.js';
import { patchOrder } from '../changes/change.queries.js';
import type { Db } from '../db/database.js';
import { columnsLike } from '../db/insert-rows.js';
import { callChanges } from '../db/tables/call-changes.js';
import { callSearch } from '../db/tables/call-search.js';
import { callGroupMembers, callGroups, callReferences, calls } from '../db/tables/calls.js';
import { deliveries } from '../db/tables/deliveries.js';
import { callRecordings, callTranscripts } from '../db/tables/recordings.js';
import { voiceCalls } from '../db/tables/voice-calls.js';
import type { DeliveryState } from '../vendors/delivery/delivery.enums.js';

const parameter = sql.placeholder;
const organization = sql`${parameter('organization')}::uuid`;
const label = sql`${parameter('label')}::bigint`;
const seq = sql`${parameter('seq')}::bigint`;
const least = sql`${parameter('least')}::bigint`;

export const PAGE = 200;
export const PAGE_BYTES = 1_048_576;

/** For a compressed value, the bytes of its text, not those on disk. */
const bytesOf = (column: string) =>
  `coalesce(case when pg_column_compression(${column}) is null then pg_column_size(${column}) else octet_length(${column}::text) end, 0)`;
const bytes = sql.raw(['h.old_values', 'h.new_values', 'h.patch'].map(bytesOf).join(' + '));

const change = {
  ...columnsLike(callChanges),
  patchOrder: sql<string | null>`patch_order`,
  bytes: sql<number>`bytes`,
};

/** Read once per statement. All rows before it are final; a running transaction may still add rows at or after it. */
const log = sql`log_end() log(end_label, end_seq)`;
const isFinal = sql`(${callChanges}.label, ${callChanges}.seq) < (end_label, end_seq)`;

/** Of an organization whose log was pruned whole, the place of its last row. */
const lastOf = (organization: SQL) => sql`
  select l.label as last_label, l.seq as last_seq from (
    (select ${callChanges}.label, ${callChanges}.seq from ${callChanges}
    where ${callChanges}.organization_id = ${organization} and ${isFinal}
    order by ${callChanges}.label desc, ${callChanges}.seq desc limit 1)
    union all
    select p.label, p.seq from pruned_changes p where p.organization_id = ${organization} and p.label > 0
  ) l
  order by l.label desc, l.seq desc limit 1`;

/**
 * Every position but the beginning is that of a row, of one that was erased, or of the last one that was pruned. Rows that were
 * pruned may still be there, until their part of the log is dropped.
 */
const isLost = (
  organization: SQL,
  label: SQL,
  seq: SQL,
  least: SQL = label,
) => sql<boolean>`case when ${label} > 0 then exists (
  select from pruned_changes p where p.organization_id = ${organization} and (${label}, ${seq}) < (p.label, p.seq))
  or (select true from call_changes h where h.organization_id = ${organization} and h.label >= ${least} and h.label = ${label} and h.seq = ${seq}
  limit 1) is null
  and not exists (
  select from erased_changes e where e.organization_id = ${organization} and e.label = ${label} and e.seq = ${seq})
  and not exists (
  select from pruned_changes p where p.organization_id = ${organization} and p.label = ${label} and p.seq = ${seq})
  else exists (select from pruned_changes p where p.organization_id = ${organization} and p.label > 0) end`;

/** Contains the first row whatever its size. Rows beyond the limit are not measured. */
const pageOf = (condition: SQL, limit: SQL) => sql`
  select * from (
    select m.*, sum(m.bytes) over (order by m.label, m.seq rows between unbounded preceding and 1 preceding) as bytes_before
    from (
      select h.*, ${bytes} as bytes from (
        select ${callChanges}.*, ${patchOrder} as patch_order from ${callChanges}
        where ${condition} and ${isFinal}
        order by ${callChanges}.label, ${callChanges}.seq limit ${sql.raw(String(PAGE))}) h) m
    limit ${limit}) p
  where coalesce(p.bytes_before, 0) < ${sql.raw(String(PAGE_BYTES))}`;
/** The bound of the label alone names the parts of the log, which a comparison of rows does not. */
const isBehind = (label: SQL, seq: SQL) =>
  sql`${callChanges}.label >= ${label} and (${callChanges}.label, ${callChanges}.seq) > (${label}, ${seq})`;

const isJoined = sql`${calls}.joined_into is not null`;

const ofCheckpoint = (value: SQL) => sql`(
  select ${value} from call_checkpoints k where k.organization_id = ${calls}.organization_id and k.call_id = ${calls}.id)`;

/** As the record had it when it was joined. A gateway of before has left it in the log alone. */
const whenJoined = (key: string, logged: SQL) =>
  sql`coalesce(${ofCheckpoint(sql`k.joined -> ${sql.raw(`'${key}'`)}`)}, ${logged})`;

const lastLogged = (key: string) =>
  whenJoined(
    key,
    sql`(
  select h.new_values -> ${sql.raw(`'${key}'`)} from call_changes h
  where h.organization_id = ${calls}.organization_id and h.call_id = ${calls}.id and h.new_values ? ${sql.raw(`'${key}'`)}
  order by h.label desc, h.seq desc limit 1)`,
  );

const allLogged = (key: string) =>
  whenJoined(
    key,
    sql`(
  select jsonb_agg(distinct jsonb_build_object('system', e.each -> 'system', 'vendorId', e.each -> 'vendorId'))
  from call_changes h cross join jsonb_array_elements(h.new_values -> ${sql.raw(`'${key}'`)}) e(each)
  where h.organization_id = ${calls}.organization_id and h.call_id = ${calls}.id and h.new_values ? ${sql.raw(`'${key}'`)})`,
  );

const voiceCallLogged = whenJoined(
  'voiceCall',
  sql`(
  select metadata_fold(h.new_values -> 'voiceCall' order by h.label, h.seq) from call_changes h
  where h.organization_id = ${calls}.organization_id and h.call_id = ${calls}.id and h.new_values ? 'voiceCall'
  having count(*) > 0)`,
);

export function liveQueries(db: Db) {
  return {
    end: db
      .select({
        label: sql<string>`last_label`.mapWith(callChanges.label),
        seq: sql<string>`last_seq`.mapWith(callChanges.seq),
      })
      .from(sql`${log} cross join lateral (${lastOf(organization)}) last`)
      .prepare('live_end'),

    isLost: db
      .select({ isLost: isLost(organization, label, seq) })
      .from(sql`(values (true)) one`)
      .prepare('live_is_lost'),

    recordNamed: db
      .select({ id: calls.id })
      .from(calls)
      .where(
        and(
          eq(calls.organizationId, organization),
          sql`${calls.id} = coalesce(${parameter('id')}::uuid, (
            select r.call_id from call_references r where r.organization_id = ${organization} and r.system = ${parameter('system')}
              and r.name = ${parameter('name')} and r.value = ${parameter('value')}))`,
        ),
      )
      .prepare('live_record_named'),

    /**
     * At least one row per organization, without a change if there is none. `isBlocked` if a running transaction holds
     * more back: asked in the index's order, for Postgres expects EXISTS to end at once, and would scan the whole log. No label
     * is below `least`: so Postgres knows when it plans which parts of the log are not meant.
     */
    newChanges: db
      .select({
        owner: sql<string>`s.organization`,
        isBlocked: sql<boolean>`(select true from call_changes above
          where above.organization_id = s.organization and above.label >= ${least} and above.label >= end_label and (above.label, above.seq) >= (end_label, end_seq)
          order by above.label, above.seq limit 1) is not null`,
        isLost: isLost(sql`s.organization`, sql`s_label`, sql`s_seq`, least),
        ...change,
      })
      .from(
        sql`${log} cross join unnest(${parameter('organizations')}::uuid[], ${parameter('labels')}::bigint[], ${parameter('seqs')}::bigint[],
          ${parameter('limits')}::int[]) s(organization, s_label, s_seq, s_limit)
          left join lateral (${pageOf(
            sql`${callChanges}.organization_id = s.organization and ${callChanges}.label >= ${least}
              and ${isBehind(sql`s_label`, sql`s_seq`)}`,
            sql`s_limit`,
          )}) c on true`,
      )
      .prepare('live_new_changes'),

    newChangesOfCall: db
      .select({
        isLost: isLost(organization, label, seq),
        endLabel: sql<string | null>`last_label`.mapWith(callChanges.label),
        endSeq: sql<string | null>`last_seq`.mapWith(callChanges.seq),
        ...change,
      })
      .from(
        sql`${log} left join lateral (${lastOf(organization)}) last on true left join lateral (${pageOf(
          sql`${callChanges}.organization_id = ${organization} and ${callChanges}.call_id = any(${parameter('call')}::uuid || array(
            select r.id from calls r join calls named on named.organization_id = ${organization} and named.id = ${parameter('call')}
            where r.organization_id = ${organization}
              and (r.id = coalesce(named.joined_into, named.id) or r.joined_into = coalesce(named.joined_into, named.id))))
            and ${isBehind(label, seq)}`,
          sql`${parameter('limit')}::int`,
        )}) c on true`,
      )
      .prepare('live_new_changes_of_call'),

    records: db
      .select({
        call: getTableColumns(calls),
        aliases: sql<string[]>`array(select a.id::text from calls a
          where a.organization_id = ${organization} and a.joined_into = ${calls}.id)`,
        references: sql<
          { system: CallSystem; value: string }[] | null
        >`case when ${isJoined} then ${lastLogged('references')} else (
          select jsonb_agg(jsonb_build_object('system', r.system, 'value', r.value)) from ${callReferences} r
          where r.organization_id = ${organization} and r.call_id = ${calls}.id) end`,
        groups: sql<GroupName[] | null>`case when ${isJoined} then ${lastLogged('groups')} else (
          select jsonb_agg(jsonb_build_object('kind', g.kind, 'key', g.key)) from ${callGroupMembers} m
          join ${callGroups} g on g.organization_id = m.organization_id and g.id = m.group_id
          where m.organization_id = ${organization} and m.call_id = ${calls}.id) end`,
        voiceCall: sql<SnapshotVoiceCall | null>`case when ${isJoined} then ${voiceCallLogged} else (
          select jsonb_build_object('staffUid', v.staff_uid, 'clientUid', v.client_uid, 'callSummary', v.call_summary,
            'handledByStaffUid', v.handled_by_staff_uid) from ${voiceCalls} v
          where v.organization_id = ${organization} and v.call_id = ${calls}.id) end`,
        recordings: sql<RecordedName[] | null>`case when ${isJoined} then ${allLogged('recordings')} else (
          select jsonb_agg(jsonb_build_object('system', r.system, 'vendorId', r.vendor_id)) from ${callRecordings} r
          where r.organization_id = ${organization} and r.call_id = ${calls}.id) end`,
        // A joined record's transcripts are the call's now.
        transcripts: sql<SnapshotTranscript[] | null>`case when ${parameter('transcripts')}::boolean then (
          select jsonb_agg(jsonb_build_object('system', t.system, 'vendorId', t.vendor_id, 'text', s.text))
          from ${callTranscripts} t
          join ${callSearch} s on s.organization_id = ${organization} and s.call_id = t.call_id and s.source = t.id
          where t.organization_id = ${organization} and t.call_id = coalesce(${calls}.joined_into, ${calls}.id)
            and (not (${isJoined}) or ${allLogged('transcripts')} @>
              jsonb_build_array(jsonb_build_object('system', t.system, 'vendorId', t.vendor_id)))) end`,
        deliveryStates: sql<DeliveryState[] | null>`case when ${parameter('deliveries')}::boolean then (
          select jsonb_agg(distinct d.state) from ${deliveries} d
          where d.organization_id = ${organization} and d.call_id = coalesce(${calls}.joined_into, ${calls}.id)) end`,
        changedBefore: sql<string | null>`coalesce((select h.recorded_at from call_changes h
          where h.organization_id = ${organization} and h.call_id = ${calls}.id and h.revision is not null
            and (h.label, h.seq) < (wanted.label, wanted.seq)
          order by h.label desc, h.seq desc limit 1), ${ofCheckpoint(sql`k.changed_at`)})`.mapWith(
          callChanges.recordedAt,
        ),
        changes: sql<RecordedChange[] | null>`(
          select jsonb_agg(jsonb_build_object('label', h.label::text, 'seq', h.seq::text, 'recordedAt', h.recorded_at,
            'oldValues', h.old_values, 'newValues', jsonb_build_object('metadata', h.new_values -> 'metadata',
              'recordings', h.new_values -> 'recordings', 'transcripts', h.new_values -> 'transcripts')) order by h.label, h.seq)
          from call_changes h where h.organization_id = ${organization} and h.call_id = ${calls}.id
            and h.revision is not null and h.label >= wanted.label and (h.label, h.seq) >= (wanted.label, wanted.seq)
            and (${parameter('everything')}::boolean or h.old_values ?| ${parameter('keys')}::text[]))`,
      })
      .from(calls)
      .innerJoin(
        sql`unnest(${parameter('ids')}::uuid[], ${parameter('labels')}::bigint[], ${parameter('seqs')}::bigint[]) wanted(id, label, seq)`,
        and(eq(calls.organizationId, organization), sql`${calls.id} = wanted.id`),
      )
      .prepare('live_records'),
  };
}

export type LiveQueries = ReturnType<typeof liveQueries>;

export interface RecordedChange {
  label: string;
  seq: string;
  recordedAt: string;
  oldValues: Record<string, unknown>;
  newValues: Record<string, unknown>;
}

export type RecordRow = Awaited<ReturnType<LiveQueries['records']['execute']>>[number];

export type ChangeRow = Omit<
  Awaited<ReturnType<LiveQueries['newChanges']['execute']>>[number],
  'owner' | 'isBlocked' | 'isLost'
>;

export type NewRow = Awaited<ReturnType<LiveQueries['newChanges']['execute']>>[number];
