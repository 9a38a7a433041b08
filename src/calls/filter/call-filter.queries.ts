import { and, isNull, or, type SQL, type SQLWrapper, sql } from 'drizzle-orm';
import type { AnyPgColumn } from 'drizzle-orm/pg-core';
import {
  ANYTHING,
  type Conditions,
  choice,
  createdWithin,
  inOneForm,
  instantWithin,
  isCut,
  longTextChoice,
  longTextIs,
  NOTHING,
  numberWithin,
  onValue,
  type Scattered,
  whole,
} from '../../db/lists/conditions.js';
import { callGroupMembers, callGroups, callReferences, calls, OCCURRED_AT } from '../../db/tables/calls.js';
import { objectKeys } from '../../db/tables/columns.js';
import { deliveries } from '../../db/tables/deliveries.js';
import { callRecordings } from '../../db/tables/recordings.js';
import { voiceCalls } from '../../db/tables/voice-calls.js';
import { comparableNumber } from '../../foundation/phone-numbers.js';
import type { CallFilter, MetadataFilter } from './call-filter.values.js';
import { callsFoundBy, isFoundBy } from './call-search.queries.js';

export function callConditions(organizationId: string, filter: CallFilter): Conditions {
  const { assistantId, channelId, status, direction, system, group, hasVoiceCall } = filter;
  const { search, hasRecording, deliveryState } = filter;
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
    ...(filter.and?.length === 0 ? [NOTHING] : []),
  ];
  const { hasKeys } = filter.metadata ?? {};
  const scattered = [
    ...(hasKeys === undefined ? [] : [metadataHasKeys(hasKeys)]),
    ...tagged(filter.tags),
    ...described(filter.metadata),
    ...inOneForm(withinRanges(filter)),
    ...(search === undefined ? [] : [searched(organizationId, search)]),
    ...ofVoiceCall(organizationId, filter),
    ...(hasRecording === undefined ? [] : [recordingExists(organizationId, hasRecording)]),
    ...(deliveryState === undefined ? [] : [hasDelivery(organizationId, deliveryState)]),
    ...inOneForm(combined(organizationId, filter)),
  ];
  const rest = [
    ...(direction === undefined ? [] : [choice(calls.direction, direction).any]),
    ...(system === undefined ? [] : [hasSystem(organizationId, system)]),
    ...(hasVoiceCall === undefined ? [] : [voiceCallExists(organizationId, hasVoiceCall)]),
  ];
  const choices = status === undefined ? [] : [choice(calls.status, status)];
  const parts = (filter.and ?? []).map((each) => callConditions(organizationId, each));
  return {
    always: [isNull(calls.joinedInto)],
    all: [...all, ...parts.flatMap((each) => each.all)],
    choices: [...choices, ...parts.flatMap((each) => each.choices)],
    scattered: [...scattered, ...parts.flatMap((each) => each.scattered)],
    rest: [...rest, ...parts.flatMap((each) => each.rest)],
  };
}

function combined(organizationId: string, { or: any, not }: CallFilter): SQL[] {
  const found = (filter: CallFilter) =>
    whole({ ...callConditions(organizationId, filter), always: [] }) ?? ANYTHING;
  return [
    ...(any === undefined ? [] : [or(...any.map(found)) ?? NOTHING]),
    // What is unknown, as a condition on null is, is not found either.
    ...(not === undefined ? [] : [sql`(${found(not)}) is not true`]),
  ];
}

function withinRanges(filter: CallFilter): SQL[] {
  return [
    ...instantWithin(calls.updatedAt, filter.updatedAt),
    ...instantWithin(calls.startedAt, filter.startedAt),
    ...instantWithin(calls.endedAt, filter.endedAt),
    ...instantWithin(OCCURRED_AT, filter.occurredAt),
    ...numberWithin(calls.duration, filter.duration),
  ];
}

function addressIs(
  column: typeof calls.from | typeof calls.to | typeof calls.customerNumber,
  value?: string,
): SQL[] {
  if (value === undefined) return [];
  const number = sql`comparable_number(${column}) = ${comparableNumber(value)}`;
  return [isCut(value) ? sql`(${number} and ${column} = ${value})` : number];
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

function searched(organizationId: string, search: string): Scattered {
  const condition = isFoundBy(organizationId, ID, search);
  return {
    plain: condition,
    indexed: condition,
    fixed: null,
    idsWithin: (ids) => callsFoundBy(organizationId, search, ids),
  };
}

function ofVoiceCall(organizationId: string, { staffUid, clientUid }: CallFilter): Scattered[] {
  const { staffUid: staff, handledByStaffUid: handledBy } = voiceCalls;
  const chosen = (column: AnyPgColumn, uids: string[]) => longTextChoice(column, uids).any;
  return [
    ...(staffUid === undefined
      ? []
      : [
          linked(organizationId, voiceCalls, [
            sql`(${chosen(staff, staffUid)} or ${chosen(handledBy, staffUid)})`,
          ]),
        ]),
    ...(clientUid === undefined
      ? []
      : [linked(organizationId, voiceCalls, [chosen(voiceCalls.clientUid, clientUid)])]),
  ];
}

function recordingExists(organizationId: string, expected: boolean): Scattered {
  const exists = linked(organizationId, callRecordings, []);
  const not = sql`not ${exists.plain}`;
  return expected ? exists : { plain: not, indexed: not, fixed: null };
}

function hasDelivery(organizationId: string, states: string[]): Scattered {
  return linked(organizationId, deliveries, [choice(deliveries.state, states).any]);
}

/** By the call's rows of a table, or by all rows of the table that are such. */
function linked(
  organizationId: string,
  table: typeof voiceCalls | typeof callRecordings | typeof deliveries,
  conditions: SQL[],
): Scattered {
  const own = and(sql`${table.organizationId} = ${organizationId}`, ...conditions);
  const ids = sql`select ${table.callId} from ${table} where ${own}`;
  return {
    plain: sql`exists (select from ${table} where ${own} and ${table.callId} = ${ID})`,
    indexed: sql`${calls.id} in (${ids})`,
    fixed: null,
    ids,
  };
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
