import { and, eq, getTableColumns, type SQL, sql } from 'drizzle-orm';
import { callsFoundBy, isFoundBy } from '../calls/filter/call-search.queries.js';
import type { Db } from '../db/database.js';
import {
  type Conditions,
  choice,
  createdWithin,
  inOneForm,
  instantWithin,
  longTextChoice,
  numberWithin,
  type Scattered,
  whole,
} from '../db/lists/conditions.js';
import { listById } from '../db/lists/list.js';
import { countOf } from '../db/lists/totals.js';
import { listByValue, type Value, type ValuePosition } from '../db/lists/value-list.js';
import { calls, OCCURRED_AT } from '../db/tables/calls.js';
import { type VoiceCallRow, voiceCalls } from '../db/tables/voice-calls.js';
import type { Page } from '../foundation/page.js';
import { comparableNumber, isWithheld } from '../foundation/phone-numbers.js';
import type { InstantRange } from '../foundation/ranges.js';
import type { VoiceCallStatus } from './voice-call.enums.js';
import type { VoiceCallFilter, VoiceCallList } from './voice-call-filter.values.js';

export function voiceCallListQueries(db: Db) {
  return {
    page: (organizationId: string, { filter, order }: VoiceCallList, page: Page<ValuePosition>) => {
      const { field, direction } = order;
      const conditions = conditionsOf(organizationId, filter);
      if (field !== 'CREATED_AT') {
        const list = { organizationId, filter, conditions: whole(conditions), page, direction };
        const columns = getTableColumns(voiceCalls);
        return listByValue<VoiceCallRow>(db, voiceCalls, { ...list, columns, value: VALUES[field] });
      }
      const byId = { ...page, after: page.after?.id ?? null, before: page.before?.id ?? null };
      const oldestFirst = direction === 'ASC';
      return listById(db, voiceCalls, { organizationId, filter, conditions, page: byId, oldestFirst });
    },

    count: (organizationId: string, filter: VoiceCallFilter) =>
      countOf(db, voiceCalls, organizationId, conditionsOf(organizationId, filter)),
  };
}

const VALUES = {
  UPDATED_AT: { of: voiceCalls.updatedAt, name: sql`updated_at`, nullable: false },
  DURATION: { of: voiceCalls.duration, name: sql`duration`, nullable: true },
} satisfies Record<string, Value>;

const storedNumber = (number: string) => (isWithheld(number) ? 'anonymous' : comparableNumber(number));

const CALL_ID = sql`"voice_calls"."call_id"`;

function conditionsOf(organizationId: string, filter: VoiceCallFilter): Conditions {
  const { status, direction, staffUid, clientUid, handledByStaffUid, fromNumber, toNumber, search } = filter;
  const all = [
    ...(fromNumber === undefined ? [] : [eq(voiceCalls.fromNumber, storedNumber(fromNumber))]),
    ...(toNumber === undefined ? [] : [eq(voiceCalls.toNumber, storedNumber(toNumber))]),
    ...createdWithin(voiceCalls.id, filter.createdAt),
  ];
  const choices = [
    ...(clientUid === undefined ? [] : [longTextChoice(voiceCalls.clientUid, clientUid)]),
    ...(handledByStaffUid === undefined
      ? []
      : [longTextChoice(voiceCalls.handledByStaffUid, handledByStaffUid)]),
    ...(staffUid === undefined ? [] : [longTextChoice(voiceCalls.staffUid, staffUid)]),
    ...(status === undefined ? [] : [choice(voiceCalls.status, bothNames(status))]),
  ];
  const scattered = [
    ...inOneForm([
      ...numberWithin(voiceCalls.duration, filter.duration),
      ...instantWithin(voiceCalls.updatedAt, filter.updatedAt),
    ]),
    ...callOccurredWithin(organizationId, filter.occurredAt),
    ...(search === undefined ? [] : [searched(organizationId, search)]),
  ];
  const rest = direction === undefined ? [] : [choice(voiceCalls.direction, direction).any];
  return { always: [], all, choices, scattered, rest };
}

function callOccurredWithin(organizationId: string, range: InstantRange | undefined): Scattered[] {
  const within = instantWithin(OCCURRED_AT, range);
  if (within.length === 0) return [];
  const found = sql`select c.id from ${calls} c where c.organization_id = ${organizationId}
    and c.joined_into is null and ${and(...within)}`;
  const condition = sql`${voiceCalls.callId} in (${found})`;
  return [{ plain: condition, indexed: condition, fixed: null, ids: ofCalls(organizationId, found) }];
}

function searched(organizationId: string, search: string): Scattered {
  const condition = isFoundBy(organizationId, CALL_ID, search);
  const ids = ofCalls(organizationId, callsFoundBy(organizationId, search, {}));
  return { plain: condition, indexed: condition, fixed: null, ids };
}

/** Of an array: of a subquery the planner may expect so many calls that it reads all voice calls. */
function ofCalls(organizationId: string, callIds: SQL): SQL {
  return sql`select ${voiceCalls.id} from ${voiceCalls} where ${voiceCalls.organizationId} = ${organizationId}
    and ${voiceCalls.callId} = any(array(${callIds}))`;
}

const VOICEMAIL: VoiceCallStatus[] = ['VOICEMAIL', 'VOICEMAIL_RECEIVED'];

function bothNames(statuses: VoiceCallStatus[]): VoiceCallStatus[] {
  return statuses.some((status) => VOICEMAIL.includes(status)) ? [...statuses, ...VOICEMAIL] : statuses;
}
