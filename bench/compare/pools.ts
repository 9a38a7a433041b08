import type { Sql } from 'postgres';
import { callCursors } from '../../src/calls/filter/call-cursors.checks.js';
import { type CallFilter, NEWEST_FIRST } from '../../src/calls/filter/call-filter.values.js';
import { encodeId, type IdType } from '../../src/graphql/ids.js';
import { ORGANIZATION, QUEUES } from './dataset.js';

/** A voice call that is over, as updateVoiceCall wants it: the whole record. */
export interface StoredVoiceCall {
  id: string;
  input: Record<string, unknown>;
}

/** What the variables of the workloads are drawn from, all of the organization that asks. */
export interface Pools {
  calls: readonly string[];
  /** Where a page of all calls may begin: `after`. */
  places: readonly string[];
  /** The same for each value that the list is filtered by. */
  queues: readonly { contains: Record<string, unknown>; places: readonly string[] }[];
  /** Those that are not over: only they take a new flow. */
  live: readonly string[];
  sessions: readonly string[];
  voiceCalls: readonly StoredVoiceCall[];
}

/** How a contender writes ids, and the place in a list after a call. */
export interface Form {
  id(type: IdType, uuid: string): string;
  cursors(filter: CallFilter): (uuid: string) => string;
}
export const typeIds: Form = { id: encodeId, cursors: () => (uuid) => encodeId('call', uuid) };
export const uuids: Form = { id: (_type, uuid) => uuid, cursors: () => (uuid) => uuid };
export const gatewayForm: Form = {
  id: encodeId,
  cursors(filter) {
    const { cursorOf } = callCursors({ filter, order: NEWEST_FIRST });
    const nothing = {
      startedAt: null,
      ringingAt: null,
      createdAt: new Date(0),
      updatedAt: new Date(0),
      duration: null,
    };
    return (id) => cursorOf({ id, ...nothing });
  },
};

/** So many cursors that two of a moment are hardly equal. */
const PLACES = 2_000;
/** So many calls must lie behind each that the largest page of the rarest filter is full. */
const BEHIND = 2_000;

/** Reads the pools once for all forms. */
export async function readPools(sql: Sql): Promise<(form: Form) => Pools> {
  const calls = await sql<{ id: string; isLive: boolean }[]>`
    select id, status in ('RINGING', 'IN_PROGRESS') as "isLive" from calls join organizations o using (organization_id)
    where o.slug = ${ORGANIZATION} order by id`;
  const sessions = await sql<{ value: string }[]>`
    select value from call_references join organizations o using (organization_id)
    where o.slug = ${ORGANIZATION} and system = 'CREOVAI' order by value`;
  const voiceCalls = await sql<StoredVoiceCall[]>`
    select id, jsonb_build_object('staffUid', staff_uid, 'clientUid', client_uid, 'fromNumber', from_number,
      'toNumber', to_number, 'direction', direction, 'status', status, 'rate', rate::text, 'price', price::text,
      'provider', provider, 'sourceId', source_id, 'externalUuid', external_uuid, 'duration', duration,
      'callSummary', call_summary, 'externalAppUrl', external_app_url, 'externalAppName', external_app_name,
      'recordingId', recording_id) as input
    from voice_calls join organizations o using (organization_id)
    where o.slug = ${ORGANIZATION} and duration > 0 order by id`;
  const step = Math.max(1, (calls.length - BEHIND) / PLACES);
  const places = Array.from(
    { length: PLACES },
    (_, place) => calls[BEHIND + Math.floor(place * step)]?.id ?? '',
  );
  const filters = Array.from({ length: QUEUES }, (_, queue) => ({ ticket: { queue: `queue-${queue}` } }));
  return ({ id: idOf, cursors }) => ({
    calls: calls.map(({ id }) => idOf('call', id)),
    places: places.map(cursors({})),
    queues: filters.map((contains) => ({
      contains,
      places: places.map(cursors({ metadata: { contains } })),
    })),
    live: calls.filter(({ isLive }) => isLive).map(({ id }) => idOf('call', id)),
    sessions: sessions.map(({ value }) => value),
    voiceCalls: voiceCalls.map(({ id, input }) => ({ id: idOf('voice_call', id), input })),
  });
}
