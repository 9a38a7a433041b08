import { type Name, type SQL, sql } from 'drizzle-orm';
import { callReferences, calls } from '../db/tables/calls.js';
import { voiceCalls } from '../db/tables/voice-calls.js';
import type { CallDimension } from './call-dimension.enums.js';
import type { Grouping } from './call-statistics.values.js';

/** A key of each call, and what has to be joined to know it. */
export interface Key {
  value: SQL;
  /** How it is shown, as text; equal for equal values. */
  shown(value: SQL): SQL;
  /** By name: two keys share a join that finds one row at most. */
  joins: Record<string, SQL>;
}

/** As the index has it, but with the name of the table. */
const OCCURRED_AT = sql`coalesce(${calls.startedAt}, ${calls.ringingAt}, ${calls.createdAt})`;

/** ISO 8601, as the schema's DateTime. */
const INSTANT = 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"';

/** @param place among the keys of the question */
export function keyOf(organizationId: string, grouping: Grouping, timeZone: string, place: number): Key {
  if ('field' in grouping) return keyOfField(organizationId, grouping.field, place);
  if ('metadata' in grouping) return plain(scalarAt(grouping.metadata));
  const bucket = grouping.occurredAt.toLowerCase();
  return {
    value: sql`date_trunc(${bucket}::text, ${OCCURRED_AT}, ${timeZone}::text)`,
    shown: (value) => sql`to_char(${value} at time zone 'UTC', ${INSTANT}::text)`,
    joins: {},
  };
}

export function keyOfField(organizationId: string, field: CallDimension, place = 0): Key {
  // What has several rows of a call is joined for each key, so that two keys show which values come together.
  const name = `several_${place}`;
  const several = sql.identifier(name);
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
      return plain(sql`${several}.system`, { [name]: firstReferences(organizationId, several) });
    case 'TAG':
      return plain(sql`${several}.tag`, { [name]: tags(several) });
    case 'STAFF':
      return plain(sql`coalesce(${voiceCalls.handledByStaffUid}, ${voiceCalls.staffUid})`, {
        voiceCall: voiceCallOf(organizationId),
      });
    case 'VOICE_CALL_STATUS':
      // Two words for one status, as in filters.
      return plain(
        sql`case ${voiceCalls.status} when 'VOICEMAIL_RECEIVED' then 'VOICEMAIL' else ${voiceCalls.status} end`,
        {
          voiceCall: voiceCallOf(organizationId),
        },
      );
  }
}

/** Texts in the order of their code points, whatever the database's own order is. */
const plain = (value: SQL, joins: Key['joins'] = {}): Key => ({
  value: sql`(${value}) collate "C"`,
  shown: (shown) => shown,
  joins,
});

/** Each once, although a call may have a tag twice. */
const tags = (
  several: Name,
) => sql`left join lateral unnest(${calls.tags}) with ordinality ${several}(tag, place)
  on array_position(${calls.tags}, ${several}.tag) = ${several}.place`;

const voiceCallOf = (organizationId: string) =>
  sql`left join ${voiceCalls} on ${voiceCalls.organizationId} = ${organizationId} and ${voiceCalls.callId} = ${calls.id}`;

/** Of each system the first, because a call may have several references of one system. */
function firstReferences(organizationId: string, several: Name): SQL {
  return sql`left join ${callReferences} ${several} on ${several}.organization_id = ${organizationId}
    and ${several}.call_id = ${calls.id} and not exists (
      select from ${callReferences} earlier where earlier.organization_id = ${organizationId}
        and earlier.call_id = ${several}.call_id and earlier.system = ${several}.system
        and earlier.position < ${several}.position)`;
}

/** Objects and lists are no key. 1 and 1.0 are the same number. */
function scalarAt(path: string[]): SQL {
  const at = sql`${calls.metadata} #> ${sql.param(path)}::text[]`;
  return sql`case jsonb_typeof(${at})
    when 'number' then trim_scale((${at})::numeric)::text
    when 'string' then ${at} #>> '{}'
    when 'boolean' then ${at} #>> '{}' end`;
}
