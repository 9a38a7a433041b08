import { type SQL, sql } from 'drizzle-orm';
import { CALL_STATUSES, type CallStatus } from '../calls/call.enums.js';
import { isLive } from '../calls/call-status.js';
import type { Database, Db } from '../db/database.js';
import { FIRST_ID, firstIdAt } from '../foundation/new-id.js';
import type { Pruned } from './retention.values.js';

/** Who a pruned call was erased by. */
export const ACTOR = 'retention';

/** Rows that a step looks at. Calls, and events, are taken under the exclusive lock of the intake, so their steps are small. */
const ROWS = 500;
const EVENTS = 100;
const CALLS = 20;

const ENDED: readonly CallStatus[] = CALL_STATUSES.filter((status) => !isLive(status));

export interface Step {
  rows: number;
  /** Where the next step begins; null at the end. */
  after: string | null;
}

interface Place {
  organization: string;
  after: string;
  before: Date;
}

type Result = { rows: number; after: string | null };

/** One step each, in a transaction of its own. */
export function pruningSteps(db: Db): Record<Pruned, (place: Place) => Promise<Step>> {
  const run = async (statement: SQL): Promise<Step> => {
    const [row] = await db.execute<Result & Record<string, unknown>>(statement);
    return row ?? { rows: 0, after: null };
  };
  return {
    events: ({ organization, after, before }) =>
      run(sql`
        select pruned as rows, last as after
        from prune_events(${organization}::uuid, ${after}::uuid, ${firstIdAt(before)}::uuid, ${EVENTS}::integer)`),

    deliveries: (place) =>
      run(
        deletion(
          'deliveries',
          'id',
          place,
          (d) => sql`
          ${d}.state not in ('PENDING', 'RETRYING', 'INCOMPLETE', 'DEAD') and ${d}.claim is null
          and ${d}.updated_at < ${place.before.toISOString()}::timestamptz`,
        ),
      ),

    messages: (place) =>
      run(
        deletion(
          'inbound_messages',
          'id',
          place,
          (m) => sql`
          (${m}.state <> 'FAILED' or ${m}.body is null) and ${m}.next_attempt_at is null and ${m}.claim is null`,
        ),
      ),

    bodies: ({ organization, before }) =>
      run(sql`
        with gone as (
          update inbound_messages m set body = null, next_attempt_at = null
          where m.organization_id = ${organization}::uuid and m.id in (
            select b.id from vendor_accounts a cross join lateral (
              select b.id from inbound_messages b
              where b.organization_id = ${organization}::uuid and b.account_id = a.id and b.body is not null
                and b.id < ${firstIdAt(before)}::uuid
              order by b.id limit ${ROWS}
            ) b
            where a.organization_id = ${organization}::uuid limit ${ROWS})
          returning 1
        )
        select count(*)::integer as rows, case when count(*) = ${ROWS} then ${FIRST_ID} end as after from gone`),

    // A flow is as old as its key, and has the index.
    keys: (place) => run(deletion('idempotency_keys', 'flow_id', place, () => sql`true`)),

    log: ({ organization, before }) =>
      run(sql`
        select rows, case when rows > 0 then ${FIRST_ID} end as after
        from prune_log(${organization}::uuid, ${before.toISOString()}::timestamptz, ${ROWS}::integer) rows`),

    calls: ({ organization, after, before }) => {
      const [ended, since] = [sql.param([...ENDED]), before.toISOString()];
      return run(sql`
        with step as materialized (
          select c.id, c.updated_at < ${since}::timestamptz and c.joined_into is null and c.status = any(${ended}::text[]) as is_due
          from calls c
          where c.organization_id = ${organization}::uuid and c.id > ${after}::uuid and c.id < ${firstIdAt(before)}::uuid
          order by c.id limit ${ROWS}
        ), due as materialized (
          select coalesce(array_agg(d.id), '{}') as ids from (
            select unnest(prunable_calls(${organization}::uuid, array(select s.id from step s where s.is_due), ${ended}::text[],
              ${since}::timestamptz)) as id
            order by id limit ${CALLS}
          ) d
        )
        select case when cardinality(due.ids) = 0 then 0 else prune_calls(${organization}::uuid, due.ids, ${ended}::text[],
          ${since}::timestamptz, ${ACTOR}) end as rows,
          case when cardinality(due.ids) = ${CALLS} then due.ids[${CALLS}]
            when (select count(*) from step) = ${ROWS} then (select s.id from step s order by s.id desc limit 1) end as after
        from due`);
    },
  };
}

/** Deletes what is due of the step after a place. */
function deletion(
  table: 'deliveries' | 'inbound_messages' | 'idempotency_keys',
  id: 'id' | 'flow_id',
  { organization, after, before }: Place,
  isDue: (row: SQL) => SQL,
): SQL {
  const [rows, key, row] = [sql.identifier(table), sql.identifier(id), sql`r`];
  return sql`
    with step as materialized (
      select s.${key} as id from ${rows} s
      where s.organization_id = ${organization}::uuid and s.${key} > ${after}::uuid and s.${key} < ${firstIdAt(before)}::uuid
      order by s.${key} limit ${ROWS}
    ), gone as (
      delete from ${rows} r
      where r.organization_id = ${organization}::uuid and r.${key} in (select id from step) and ${isDue(row)}
      returning 1
    )
    select (select count(*) from gone)::integer as rows,
      (select case when count(*) = ${ROWS} then (array_agg(id order by id desc))[1] end from step) as after`;
}

/** Whether it dropped one. */
export async function dropLogPart({ db }: Database): Promise<boolean> {
  const [row] = await db.execute<{ is_dropped: boolean }>(sql`select drop_log_part() as is_dropped`);
  return row?.is_dropped === true;
}

/** Whether there may be another step to take. One of them reads a whole part. */
export async function advanceLogPart(
  database: Database,
  days: number,
  signal: AbortSignal,
): Promise<boolean> {
  const text = 'select advance_log_part(make_interval(secs => $1::float8 * 86400)) as step';
  const [row] = await database.atLength(text, [days], signal);
  return row?.step === 'BOUNDED' || row?.step === 'CHECKED';
}

/** Takes the claim, or keeps it. Others have it until its lease ends; between two rounds none has it. */
export async function claimRetention(db: Db, claim: string, lease: number): Promise<boolean> {
  const rows = await db.execute(sql`
    update retention set claim = ${claim}::uuid, claimed_until = clock_timestamp() + make_interval(secs => ${lease}::float8)
    where claim = ${claim}::uuid
      or due_at <= clock_timestamp() and coalesce(claimed_until <= clock_timestamp(), true)
    returning 1`);
  return rows.length > 0;
}

export async function endRetention(db: Db, claim: string, interval: number): Promise<void> {
  await db.execute(sql`
    update retention set claim = null, claimed_until = null,
      due_at = clock_timestamp() + make_interval(secs => ${interval}::float8)
    where claim = ${claim}::uuid`);
}
