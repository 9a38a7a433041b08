import { isNull, or, type SQL, type SQLWrapper, sql } from 'drizzle-orm';
import {
  ANYTHING,
  type Conditions,
  choice,
  createdWithin,
  inOneForm,
  instantWithin,
  longTextIs,
  NOTHING,
  numberWithin,
  onValue,
  type Scattered,
} from '../../db/lists/conditions.js';
import { callGroupMembers, callGroups, callReferences, calls } from '../../db/tables/calls.js';
import { objectKeys } from '../../db/tables/columns.js';
import { voiceCalls } from '../../db/tables/voice-calls.js';
import { spellingsOf } from '../../foundation/phone-numbers.js';
import type { CallFilter, MetadataFilter } from './call-filter.values.js';

export function callConditions(organizationId: string, filter: CallFilter): Conditions {
  const { assistantId, channelId, status, direction, system, group, hasVoiceCall } = filter;
  const all = [
    ...addressIs(calls.from, filter.from),
    ...addressIs(calls.to, filter.to),
    ...addressIs(calls.customerNumber, filter.customerNumber),
    ...(assistantId === undefined
      ? []
      : [longTextIs(sql`${calls.assistant} ->> 'assistantId'`, assistantId)]),
    ...(channelId === undefined ? [] : [longTextIs(calls.channelId, channelId)]),
    ...(group === undefined ? [] : [isInGroup(organizationId, group)]),
    ...createdWithin(calls.id, filter.createdAt),
  ];
  const { hasKeys } = filter.metadata ?? {};
  const scattered = [
    ...(hasKeys === undefined ? [] : [metadataHasKeys(hasKeys)]),
    ...tagged(filter.tags),
    ...described(filter.metadata),
    ...inOneForm(withinRanges(filter)),
  ];
  const rest = [
    ...(direction === undefined ? [] : [choice(calls.direction, direction).any]),
    ...(system === undefined ? [] : [hasSystem(organizationId, system)]),
    ...(hasVoiceCall === undefined ? [] : [voiceCallExists(organizationId, hasVoiceCall)]),
  ];
  const choices = status === undefined ? [] : [choice(calls.status, status)];
  return { always: [isNull(calls.joinedInto)], all, choices, scattered, rest };
}

function withinRanges(filter: CallFilter): SQL[] {
  return [
    ...instantWithin(calls.updatedAt, filter.updatedAt),
    ...instantWithin(calls.startedAt, filter.startedAt),
    ...instantWithin(calls.endedAt, filter.endedAt),
    ...numberWithin(calls.duration, filter.duration),
  ];
}

function addressIs(
  column: typeof calls.from | typeof calls.to | typeof calls.customerNumber,
  value?: string,
): SQL[] {
  if (value === undefined) return [];
  const spellings = sql.param(spellingsOf(value));
  return [
    sql`(comparable_number(${column}) = comparable_number(${value}) and ${column} = any(${spellings}::text[]))`,
  ];
}

/** In a statement on one table Drizzle omits the table's name. */
const ID = sql`"calls"."id"`;

function hasSystem(organizationId: string, systems: string[]): SQL {
  return sql`exists (select from ${callReferences} where ${callReferences.organizationId} = ${organizationId}
    and ${callReferences.callId} = ${ID} and ${choice(callReferences.system, systems).any})`;
}

/** Unique members let Postgres plan this as a join and walk it in the order of the list. */
function isInGroup(organizationId: string, { kind, key }: { kind: string; key: string }): SQL {
  return sql`${calls.id} in (select ${callGroupMembers.callId} from ${callGroupMembers}
    where ${callGroupMembers.organizationId} = ${organizationId} and ${callGroupMembers.groupId} = ${groupId(organizationId, kind, key)})`;
}

export function groupId(organizationId: string, kind: string, key: string): SQL {
  return sql`(select ${callGroups.id} from ${callGroups} where ${callGroups.organizationId} = ${organizationId}
    and ${callGroups.kind} = ${kind} and ${callGroups.key} = ${key})`;
}

function voiceCallExists(organizationId: string, expected: boolean): SQL {
  const exists = sql`exists (select from ${voiceCalls} where ${voiceCalls.organizationId} = ${organizationId}
    and ${voiceCalls.callId} = ${ID})`;
  return expected ? exists : sql`not ${exists}`;
}

function tagged({ anyOf, allOf }: NonNullable<CallFilter['tags']> = {}): Scattered[] {
  return [
    ...(anyOf === undefined
      ? []
      : [onValue('anyTag', anyOf, calls.tags, (tags) => sql`${calls.tags} && ${tags}::text[]`)]),
    ...(allOf === undefined
      ? []
      : [onValue('allTags', allOf, calls.tags, (tags) => sql`${calls.tags} @> ${tags}::text[]`)]),
  ];
}

function described({ contains, anyOf }: MetadataFilter = {}): Scattered[] {
  return [
    ...(contains === undefined ? [] : [metadataContains(contains)]),
    // The index cannot serve `@> any(…)`.
    ...inOneForm(
      anyOf === undefined ? [] : [or(...anyOf.map((each) => metadataContains(each).plain)) ?? NOTHING],
    ),
  ];
}

/** The index has no entry for the empty object and would be read whole. */
function metadataContains(object: Record<string, unknown>): Scattered {
  if (Object.keys(object).length === 0) return { indexed: ANYTHING, plain: ANYTHING, fixed: null };
  const value = JSON.stringify(object);
  const condition = sql`${calls.metadata} @> ${value}::text::jsonb`;
  // Without the subquery, a prepared statement would parse the text for every row.
  const of = (part: SQLWrapper) => sql`${calls.metadata} @> (select ${part}::text::jsonb)`;
  return {
    indexed: condition,
    plain: condition,
    fixed: { name: 'contains', of, column: calls.metadata, value },
  };
}

/** The index holds a list of keys, which a scan would build slowly for every row. */
function metadataHasKeys(keys: string[]): Scattered {
  return {
    ...onValue('hasKeys', keys, calls.metadata, (given) => sql`${calls.metadata} ?& ${given}::text[]`),
    indexed: sql`${objectKeys('metadata')} @> ${JSON.stringify(keys)}::text::jsonb`,
  };
}
