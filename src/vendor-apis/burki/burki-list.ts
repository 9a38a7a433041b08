import { CALL_STATUSES } from '../../calls/call.enums.js';
import { checkCallFilter } from '../../calls/filter/call-filter.checks.js';
import type { CallFilter } from '../../calls/filter/call-filter.values.js';
import type { CallSlice } from '../../calls/filter/call-offset.queries.js';
import { refuse, refuseIf, type UserErrorData } from '../../foundation/refusal.js';
import { checkStrings } from '../../graphql/input-checks.js';
import type { JsonObject } from '../../graphql/json-object.js';
import type { MetadataLimits } from '../../metadata/metadata.store.js';
import { instantOf } from '../instants.js';
import { metadataOf } from '../metadata.js';
import { described, ID, INSTANT, integer, object, STRING } from '../schemas.js';
import { statusesOf } from './burki-call.js';

const PART =
  'A part of it is enough, in upper or lower case. No index finds it: all calls that the rest finds are read.';

export const LIST_QUERY = object({
  skip: { ...described(integer(), 'Number of calls to leave out.'), default: 0 },
  limit: { ...described(integer(1, 1000), 'The most calls to answer with.'), default: 100 },
  status: described(STRING, '`ongoing`, `completed` or `failed`.'),
  assistant_id: described(ID, 'The id of the assistant.'),
  customer_phone: described(STRING, `The customer's number. ${PART}`),
  call_sid: described(STRING, `The SID of the call. ${PART}`),
  assistant_name: described(STRING, `The name of the assistant. ${PART}`),
  date_from: described(INSTANT, 'Calls that started then or later.'),
  date_to: described(INSTANT, 'Calls that started then or earlier.'),
  min_duration: described(integer(), 'Seconds.'),
  max_duration: described(integer(), 'Seconds.'),
  metadata: described(
    STRING,
    'A JSON object that the metadata contains, e.g. `{"customer_id": "cust_abc123"}`. Burki has announced such a filter.',
  ),
});

export interface ListQuery {
  skip: number;
  limit: number;
  status?: string;
  assistant_id?: number;
  customer_phone?: string;
  call_sid?: string;
  assistant_name?: string;
  date_from?: string;
  date_to?: string;
  min_duration?: number;
  max_duration?: number;
  metadata?: string;
}

/** Points for reading all calls, of which an index finds none by a part of a text. */
const SCAN = 1_000;

export const scanPoints = ({ customer_phone, call_sid, assistant_name }: Partial<ListQuery>): number =>
  customer_phone === undefined && call_sid === undefined && assistant_name === undefined ? 0 : SCAN;

/** @throws Refusal INVALID, LIMIT_EXCEEDED */
export function sliceOf(query: ListQuery, limits: MetadataLimits): CallSlice {
  const { skip, limit, status, assistant_id, customer_phone, call_sid, assistant_name } = query;
  const filter: CallFilter = {
    system: ['BURKI'],
    ...(status !== undefined && { status: statusesOf(status, CALL_STATUSES) }),
    ...(assistant_id !== undefined && { assistantId: String(assistant_id) }),
    ...rangesOf(query),
    ...(query.metadata !== undefined && { metadata: { contains: containedOf(query.metadata) } }),
  };
  refuseIf([
    ...checkStrings({ customer_phone, call_sid, assistant_name }, []),
    ...checkCallFilter(filter, [], limits).map(ofMetadata),
  ]);
  const parts = {
    ...(customer_phone !== undefined && { customerNumber: customer_phone }),
    ...(assistant_name !== undefined && { assistantName: assistant_name }),
    ...(call_sid !== undefined && {
      reference: { system: 'BURKI' as const, name: 'callSid', part: call_sid },
    }),
  };
  return { filter, parts, skip, limit };
}

/** Postgres is not asked for a later time. */
const LAST = Date.UTC(9999, 11, 31, 23, 59, 59, 999);

function rangesOf({ date_from, date_to, min_duration, max_duration }: ListQuery): CallFilter {
  const [from, last] = [instantIn(date_from), instantIn(date_to)];
  return {
    ...((from || last) && {
      // Times have milliseconds, and the end of a range is outside it.
      startedAt: { ...(from && { from }), ...(last && { to: new Date(Math.min(last.getTime() + 1, LAST)) }) },
    }),
    ...((min_duration !== undefined || max_duration !== undefined) && {
      duration: {
        ...(min_duration !== undefined && { min: min_duration }),
        ...(max_duration !== undefined && { max: max_duration }),
      },
    }),
  };
}

const instantIn = (text: string | undefined) => (text === undefined ? null : instantOf(text));

function containedOf(text: string): JsonObject {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return refuse('INVALID', 'metadata must be a JSON object.', ['metadata']);
  }
  return metadataOf(value);
}

const ofMetadata = (error: UserErrorData): UserErrorData => ({
  ...error,
  path: error.path?.filter((part) => part !== 'contains') ?? null,
});
