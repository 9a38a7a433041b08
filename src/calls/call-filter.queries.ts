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
} from '../db/conditions.js';
import { callGroupMembers, callGroups, callReferences, calls } from '../db/tables/calls.js';
import { objectKeys } from '../db/tables/columns.js';
import { voiceCalls } from '../db/tables/voice-calls.js';
import type { CallFilter, MetadataFilter } from './call-filter.js';

/** What a filter demands of a row of calls; a record that was joined into another is in no list. */
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

/** Each field has an index in an order of its own. */
function withinRanges(filter: CallFilter): SQL[] {
  return [
    ...instantWithin(calls.updatedAt, filter.updatedAt),
    ...instantWithin(calls.startedAt, filter.startedAt),
    ...instantWithin(calls.endedAt, filter.endedAt),
    ...numberWithin(calls.duration, filter.duration),
  ];
}

/** The index holds the comparable form of the address, in which several spellings of one number are equal. */
function addressIs(
  column: typeof calls.from | typeof calls.to | typeof calls.customerNumber,
  value?: string,
): SQL[] {
  if (value === undefined) return [];
  return [sql`(comparable_number(${column}) = comparable_number(${value}) and ${column} = ${value})`];
}

/** Outer columns are named by hand: within a statement on one table Drizzle leaves out the name of the table. */
const ID = sql`"calls"."id"`;

function hasSystem(organizationId: string, systems: string[]): SQL {
  return sql`exists (select from ${callReferences} where ${callReferences.organizationId} = ${organizationId}
    and ${callReferences.callId} = ${ID} and ${choice(callReferences.system, systems).any})`;
}

/** The members' key is unique, so Postgres reads this as a join and walks it in the order of the list. */
function isInGroup(organizationId: string, { kind, key }: { kind: string; key: string }): SQL {
  return sql`${calls.id} in (select ${callGroupMembers.callId} from ${callGroupMembers}
    where ${callGroupMembers.organizationId} = ${organizationId} and ${callGroupMembers.groupId} = ${groupId(organizationId, kind, key)})`;
}

/** The id of a group by its name. */
export function groupId(organizationId: string, kind: string, key: string): SQL {
  return sql`(select ${callGroups.id} from ${callGroups} where ${callGroups.organizationId} = ${organizationId}
    and ${callGroups.kind} = ${kind} and ${callGroups.key} = ${key})`;
}

function voiceCallExists(organizationId: string, wanted: boolean): SQL {
  const its = sql`exists (select from ${voiceCalls} where ${voiceCalls.organizationId} = ${organizationId}
    and ${voiceCalls.callId} = ${ID})`;
  return wanted ? its : sql`not ${its}`;
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
    // Not `@> any(…)`, which the index cannot serve; of no alternatives none is fulfilled.
    ...inOneForm(
      anyOf === undefined ? [] : [or(...anyOf.map((each) => metadataContains(each).plain)) ?? NOTHING],
    ),
  ];
}

/** The empty object is in every object; the index has no entry for it, and would be read whole. */
function metadataContains(object: Record<string, unknown>): Scattered {
  if (Object.keys(object).length === 0) return { indexed: ANYTHING, plain: ANYTHING, fixed: null };
  const value = JSON.stringify(object);
  const condition = sql`${calls.metadata} @> ${value}::text::jsonb`;
  // Prepared, it would read the text anew for each row.
  const of = (part: SQLWrapper) => sql`${calls.metadata} @> (select ${part}::text::jsonb)`;
  return {
    indexed: condition,
    plain: condition,
    fixed: { name: 'contains', of, column: calls.metadata, value },
  };
}

/** The index holds a list of the keys, which is slow to make for every row that a walk looks at. */
function metadataHasKeys(keys: string[]): Scattered {
  return {
    ...onValue('hasKeys', keys, calls.metadata, (given) => sql`${calls.metadata} ?& ${given}::text[]`),
    indexed: sql`${objectKeys('metadata')} @> ${JSON.stringify(keys)}::text::jsonb`,
  };
}
