import { and, desc, eq, getTableColumns, type SQL, sql } from 'drizzle-orm';
import type { CallSystem } from '../calls/call.enums.js';
import type { GroupName } from '../calls/call-group.store.js';
import { patchOrder } from '../changes/change.queries.js';
import type { Db } from '../db/database.js';
import { columnsLike } from '../db/insert-rows.js';
import { callChanges } from '../db/tables/call-changes.js';
import { callGroupMembers, callGroups, callReferences, calls } from '../db/tables/calls.js';
import { voiceCalls } from '../db/tables/voice-calls.js';

const place = sql.placeholder;
const organization = place('organization');

/** Rows of one read of one organization's log: at most so many are loaded, judged and shown at once. */
export const PAGE = 200;
/** Bytes of their values: what comes behind so many is left to the next read. */
export const PAGE_BYTES = 1_048_576;

/** Bytes of a value when it is read: of one that is compressed on the disk, those that it is written out with. */
const bytesOf = (column: string) =>
  `coalesce(case when pg_column_compression(${column}) is null then pg_column_size(${column}) else octet_length(${column}::text) end, 0)`;
const bytes = sql.raw(['h.old_values', 'h.new_values', 'h.patch'].map(bytesOf).join(' + '));

const change = {
  ...columnsLike(callChanges),
  patchOrder: sql<string | null>`patch_order`,
  bytes: sql<number>`bytes`,
};

/**
 * A page of the rows that some condition finds: only what is final, for a transaction that still runs may yet put rows above
 * the horizon, and none below it. The first row is in it however large it is. No row behind the limit is measured.
 */
const pageOf = (condition: SQL, limit: SQL) => sql`
  select * from (
    select m.*, sum(m.bytes) over (order by m.label, m.seq rows between unbounded preceding and 1 preceding) as bytes_before
    from (
      select h.*, ${bytes} as bytes from (
        select ${callChanges}.*, ${patchOrder} as patch_order from ${callChanges}
        where ${condition} and ${callChanges}.label < call_change_horizon()
        order by ${callChanges}.label, ${callChanges}.seq limit ${sql.raw(String(PAGE))}) h) m
    limit ${limit}) p
  where coalesce(p.bytes_before, 0) < ${sql.raw(String(PAGE_BYTES))}`;
const isBehind = (label: SQL, seq: SQL) =>
  sql`(${callChanges}.label, ${callChanges}.seq) > (${label}, ${seq})`;

/** A value as an earlier or later change has put it down, before it moved with the record to another call. */
const lastLogged = (key: string) => sql`(
  select h.new_values -> ${sql.raw(`'${key}'`)} from call_changes h
  where h.organization_id = ${calls}.organization_id and h.call_id = ${calls}.id and h.new_values ? ${sql.raw(`'${key}'`)}
  order by h.label desc, h.seq desc limit 1)`;
const isJoined = sql`${calls}.joined_into is not null`;

/** The reads behind subscriptions: the log by position, and calls with what filters look at. */
export function liveQueries(db: Db) {
  return {
    /** The end of the organization's log: its last final change, and none where there is none. */
    end: db
      .select({ label: callChanges.label, seq: callChanges.seq })
      .from(callChanges)
      .where(
        and(eq(callChanges.organizationId, organization), sql`${callChanges.label} < call_change_horizon()`),
      )
      .orderBy(desc(callChanges.label), desc(callChanges.seq))
      .limit(1)
      .prepare('live_end'),

    /** The id of the record that is named by its id, or else by a reference. */
    recordNamed: db
      .select({ id: calls.id })
      .from(calls)
      .where(
        and(
          eq(calls.organizationId, organization),
          sql`${calls.id} = coalesce(${place('id')}::uuid, (
            select r.call_id from call_references r where r.organization_id = ${organization} and r.system = ${place('system')}
              and r.name = ${place('name')} and r.value = ${place('value')}))`,
        ),
      )
      .prepare('live_record_named'),

    /**
     * What has become final behind each organization's position, at most a page of each and its `limits`; at least one row
     * of each, without a change where there is none. `isBlocked` where there is more that a running transaction holds back.
     */
    newChanges: db
      .select({
        owner: sql<string>`s.organization`,
        isBlocked: sql<boolean>`exists (
          select from call_changes above where above.organization_id = s.organization and above.label >= call_change_horizon())`,
        ...change,
      })
      .from(
        sql`unnest(${place('organizations')}::uuid[], ${place('labels')}::bigint[], ${place('seqs')}::bigint[],
          ${place('limits')}::int[]) s(organization, s_label, s_seq, s_limit)
          left join lateral (${pageOf(
            sql`${callChanges}.organization_id = s.organization and ${isBehind(sql`s_label`, sql`s_seq`)}`,
            sql`s_limit`,
          )}) c on true`,
      )
      .prepare('live_new_changes'),

    /** The same of one call: its own rows, and those of the records that were joined into it. */
    newChangesOfCall: db
      .select(change)
      .from(
        sql`(${pageOf(
          sql`${callChanges}.organization_id = ${organization} and ${callChanges}.call_id = any(array(
            select r.id from calls r join calls named on named.organization_id = ${organization} and named.id = ${place('call')}
            where r.organization_id = ${organization}
              and (r.id = coalesce(named.joined_into, named.id) or r.joined_into = coalesce(named.joined_into, named.id))))
            and ${isBehind(sql`${place('label')}::bigint`, sql`${place('seq')}::bigint`)}`,
          sql`${place('limit')}::int`,
        )}) c`,
      )
      .prepare('live_new_changes_of_call'),

    /**
     * Records of calls by `ids`, all in one snapshot, with those of their changes from (labels, seqs) on that `keys` ask
     * for (all of them if `everything`). What of a joined record has moved to its call is told as it was before.
     */
    records: db
      .select({
        call: getTableColumns(calls),
        aliases: sql<string[]>`array(select a.id::text from calls a
          where a.organization_id = ${organization} and a.joined_into = ${calls}.id)`,
        references: sql<
          { system: CallSystem }[] | null
        >`case when ${isJoined} then ${lastLogged('references')} else (
          select jsonb_agg(jsonb_build_object('system', r.system)) from ${callReferences} r
          where r.organization_id = ${organization} and r.call_id = ${calls}.id) end`,
        groups: sql<GroupName[] | null>`case when ${isJoined} then ${lastLogged('groups')} else (
          select jsonb_agg(jsonb_build_object('kind', g.kind, 'key', g.key)) from ${callGroupMembers} m
          join ${callGroups} g on g.organization_id = m.organization_id and g.id = m.group_id
          where m.organization_id = ${organization} and m.call_id = ${calls}.id) end`,
        hasVoiceCall: sql<boolean>`case when ${isJoined} then ${lastLogged('voiceCall')} is not null else exists (
          select from ${voiceCalls} v where v.organization_id = ${organization} and v.call_id = ${calls}.id) end`,
        changedBefore: sql<string | null>`(select h.recorded_at from call_changes h
          where h.organization_id = ${organization} and h.call_id = ${calls}.id and h.revision is not null
            and (h.label, h.seq) < (wanted.label, wanted.seq)
          order by h.label desc, h.seq desc limit 1)`.mapWith(callChanges.recordedAt),
        changes: sql<RecordedChange[] | null>`(
          select jsonb_agg(jsonb_build_object('label', h.label::text, 'seq', h.seq::text, 'recordedAt', h.recorded_at,
            'oldValues', h.old_values, 'newMetadata', h.new_values -> 'metadata') order by h.label, h.seq)
          from call_changes h where h.organization_id = ${organization} and h.call_id = ${calls}.id
            and h.revision is not null and (h.label, h.seq) >= (wanted.label, wanted.seq)
            and (${place('everything')}::boolean or h.old_values ?| ${place('keys')}::text[]))`,
      })
      .from(calls)
      .innerJoin(
        sql`unnest(${place('ids')}::uuid[], ${place('labels')}::bigint[], ${place('seqs')}::bigint[]) wanted(id, label, seq)`,
        and(eq(calls.organizationId, organization), sql`${calls.id} = wanted.id`),
      )
      .prepare('live_records'),
  };
}

export type LiveQueries = ReturnType<typeof liveQueries>;

/** A change of a record as far as it tells what the record was before. */
export interface RecordedChange {
  label: string;
  seq: string;
  recordedAt: string;
  oldValues: Record<string, unknown>;
  /** The members of the metadata that it changed, as it left them. */
  newMetadata: Record<string, unknown> | null;
}

export type RecordRow = Awaited<ReturnType<LiveQueries['records']['execute']>>[number];

/** A row of the log. */
export type ChangeRow = Awaited<ReturnType<LiveQueries['newChangesOfCall']['execute']>>[number];

/** The same, with whose log it is in; without a change where there is none. */
export type NewRow = Awaited<ReturnType<LiveQueries['newChanges']['execute']>>[number];
