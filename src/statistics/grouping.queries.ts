import { type Name, type SQL, sql } from 'drizzle-orm';
import { CALL_SYSTEMS } from '../calls/call.enums.js';
import { callConditions } from '../calls/filter/call-filter.queries.js';
import type { CallFilter } from '../calls/filter/call-filter.values.js';
import { whole } from '../db/lists/conditions.js';
import { callReferences, calls } from '../db/tables/calls.js';
import { voiceCalls } from '../db/tables/voice-calls.js';
import type { CallDimension } from './call-dimension.enums.js';
import type { Grouping } from './call-statistics.values.js';

/** The calls that a filter finds. */
export interface Found {
  organizationId: string;
  /** A query of its own, because its conditions name columns that other tables have as well. */
  rows: SQL;
  isAll: boolean;
}

/** A key of each call, and what has to be joined to know it. */
export interface Key {
  /** What calls are counted by. */
  value: SQL;
  /** For a call with several keys, `value` is all of them in one. Selects each, once. */
  each?(value: SQL): SQL;
  /** How it is shown, as text; equal for equal values. */
  shown(value: SQL): SQL;
  /** By name, because two keys may need the same. */
  joins: Record<string, SQL>;
}

export function foundBy(organizationId: string, filter: CallFilter): Found {
  const conditions = callConditions(organizationId, filter);
  const { all, choices, scattered, rest } = conditions;
  return {
    organizationId,
    rows: sql`(select * from ${calls} where ${calls.organizationId} = ${organizationId} and ${whole(conditions)})`,
    isAll: [...all, ...choices, ...scattered, ...rest].length === 0,
  };
}

/** As the index has it, but with the name of the table. */
const OCCURRED_AT = sql`coalesce(${calls.startedAt}, ${calls.ringingAt}, ${calls.createdAt})`;

/** ISO 8601, as the schema's DateTime. */
const INSTANT = 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"';

export function keyOf(found: Found, grouping: Grouping, timeZone: string): Key {
  if ('field' in grouping) return keyOfField(found, grouping.field);
  if ('metadata' in grouping) return plain(scalarAt(grouping.metadata));
  const bucket = grouping.occurredAt.toLowerCase();
  return {
    value: sql`date_trunc(${bucket}::text, ${OCCURRED_AT}, ${timeZone}::text)`,
    shown: (value) => sql`to_char(${value} at time zone 'UTC', ${INSTANT}::text)`,
    joins: {},
  };
}

export function keyOfField(found: Found, field: CallDimension): Key {
  switch (field) {
    case 'STATUS':
      return plain(sql`${calls.status}`);
    case 'VENDOR_STATUS':
      return plain(sql`${calls.vendorStatus}`);
    case 'DIRECTION':
      return plain(sql`${calls.direction}`);
    case 'ASSISTANT':
      return plain(sql`${calls.assistant} ->> 'assistantId'`);
    case 'CHANNEL':
      return plain(sql`${calls.channelId}`);
    case 'SYSTEM':
      return several(sql`referred.systems`, systemsIn, { referred: systemsOf(found) });
    case 'TAG':
      return several(sql`${calls.tags}`, (tags) => sql`select distinct unnest(${tags})`);
    case 'STAFF':
      return plain(sql`coalesce(${voiceCalls.handledByStaffUid}, ${voiceCalls.staffUid})`, {
        voiceCall: voiceCallOf(found),
      });
    case 'VOICE_CALL_STATUS':
      // Two words for one status, as in filters.
      return plain(
        sql`case ${voiceCalls.status} when 'VOICEMAIL_RECEIVED' then 'VOICEMAIL' else ${voiceCalls.status} end`,
        { voiceCall: voiceCallOf(found) },
      );
  }
}

/** What comes after the rows of `tally` for one row of each key, and the keys of such a row. */
export function eachKey(keys: readonly Key[], names: readonly Name[]): { joins: SQL; values: SQL[] } {
  const parts = keys.map(({ each }, place) => {
    const [name, alias] = [sql`${names[place]}`, sql.identifier(`each_${place}`)];
    return each === undefined
      ? { join: sql``, value: name }
      : {
          join: sql`left join lateral (${each(name)}) ${alias} (value) on true`,
          value: sql`${alias}.value collate "C"`,
        };
  });
  return {
    joins: sql.join(
      parts.map(({ join }) => join),
      sql` `,
    ),
    values: parts.map(({ value }) => value),
  };
}

/** Texts in the order of their code points, whatever the database's own order is. */
const plain = (value: SQL, joins: Key['joins'] = {}): Key => ({
  value: sql`(${value}) collate "C"`,
  shown: (shown) => shown,
  joins,
});

const several = (value: SQL, each: (value: SQL) => SQL, joins: Key['joins'] = {}): Key => ({
  value,
  each,
  shown: (shown) => shown,
  joins,
});

const voiceCallOf = ({ organizationId }: Found) =>
  sql`left join ${voiceCalls} on ${voiceCalls.organizationId} = ${organizationId} and ${voiceCalls.callId} = ${calls.id}`;

/** A bit for each system, which costs far less to collect and to count by than a list. */
const BITS = CALL_SYSTEMS.map((system, place) => ({ system, bit: 2 ** place }));

/**
 * One scan collects them for all calls. For some it is bound to their ids, so that few are looked up one by one: which
 * it is, Postgres decides by how many it expects.
 */
function systemsOf({ organizationId, rows, isAll }: Found): SQL {
  const bits = BITS.map(({ system, bit }) => sql`when ${system} then ${bit}::int`);
  const bound = isAll ? sql`` : sql`and ${callReferences.callId} in (select id from ${rows} ${calls})`;
  return sql`left join (
    select ${callReferences.callId} as id, bit_or(case ${callReferences.system} ${sql.join(bits, sql` `)} end) as systems
    from ${callReferences} where ${callReferences.organizationId} = ${organizationId} ${bound} group by 1
  ) referred on referred.id = ${calls.id}`;
}

function systemsIn(bits: SQL): SQL {
  const known = BITS.map(({ system, bit }) => sql`(${system}::text, ${bit}::int)`);
  return sql`select system from (values ${sql.join(known, sql`, `)}) known (system, bit) where ${bits} & bit <> 0`;
}

/** Objects and lists are no key. 1 and 1.0 are the same number. */
function scalarAt(path: string[]): SQL {
  const at = sql`${calls.metadata} #> ${sql.param(path)}::text[]`;
  return sql`case jsonb_typeof(${at})
    when 'number' then trim_scale((${at})::numeric)::text
    when 'string' then ${at} #>> '{}'
    when 'boolean' then ${at} #>> '{}' end`;
}
