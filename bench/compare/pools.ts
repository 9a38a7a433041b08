import type { Sql } from 'postgres';
import { encodeId, type IdType } from '../../src/graphql/ids.js';
import { ORGANIZATION } from './dataset.js';

/** A voice call that is over, as updateVoiceCall wants it: the whole record. */
export interface StoredVoiceCall {
  id: string;
  input: Record<string, unknown>;
}

/** What the variables of the workloads are drawn from, all of the organization that asks. */
export interface Pools {
  calls: readonly string[];
  /** Those that are not over: only they take a new flow. */
  live: readonly string[];
  sessions: readonly string[];
  voiceCalls: readonly StoredVoiceCall[];
}

/** How ids are written: the gateway's way, or as the uuids that they are. */
export type IdForm = (type: IdType, uuid: string) => string;
export const typeIds: IdForm = encodeId;
export const uuids: IdForm = (_type, uuid) => uuid;

/** Reads the pools once for each form of ids. */
export async function readPools(sql: Sql): Promise<(form: IdForm) => Pools> {
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
  return (form) => ({
    calls: calls.map(({ id }) => form('call', id)),
    live: calls.filter(({ isLive }) => isLive).map(({ id }) => form('call', id)),
    sessions: sessions.map(({ value }) => value),
    voiceCalls: voiceCalls.map(({ id, input }) => ({ id: form('voice_call', id), input })),
  });
}
