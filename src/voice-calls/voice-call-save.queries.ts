import { and, type Column, eq, getTableColumns, sql } from 'drizzle-orm';
import type { Db } from '../db/database.js';
import { sharedRead } from '../db/loading/shared-read.js';
import { type CallRow, callReferences, calls } from '../db/tables/calls.js';
import { voiceCalls } from '../db/tables/voice-calls.js';

const param = sql.placeholder;
const organization = param('organization');

export interface KnownReference {
  system: 'VCITA';
  name: string;
  value: string;
  callId: string;
}

const known = sql<KnownReference[]>`(
  select coalesce(json_agg(json_build_object('system', r.system, 'name', r.name, 'value', r.value, 'callId', r.call_id)), '[]')
  from jsonb_each_text(requested.names::jsonb) given
  join ${callReferences} r on r.organization_id = ${organization} and r.system = 'VCITA' and r.name = given.key
    and r.value = given.value)`;

export const FOLLOWING = [
  'direction',
  'status',
  'vendorStatus',
  'from',
  'to',
  'customerNumber',
  'originator',
  'receiver',
  'duration',
] as const satisfies readonly (keyof CallRow)[];

const call = {
  id: calls.id,
  revision: calls.revision,
  joinedInto: calls.joinedInto,
  direction: calls.direction,
  status: calls.status,
  vendorStatus: calls.vendorStatus,
  from: calls.from,
  to: calls.to,
  customerNumber: calls.customerNumber,
  givenCustomerNumber: calls.givenCustomerNumber,
  originator: calls.originator,
  receiver: calls.receiver,
  duration: calls.duration,
  answeredAt: calls.answeredAt,
  vendorUpdatedAt: calls.vendorUpdatedAt,
};

const UUID_LENGTH = 36;

export function voiceCallSaveQueries(db: Db) {
  /** Requests of one event-loop turn share one statement. */
  const find = (name: string, column: Column) => {
    const statement = db
      .select({
        position: sql<string>`requested.position`,
        voiceCall: getTableColumns(voiceCalls),
        call,
        known,
      })
      .from(
        sql`unnest(${param('ids')}::uuid[], ${param('names')}::text[]) with ordinality requested(id, names, position)`,
      )
      .innerJoin(voiceCalls, and(eq(voiceCalls.organizationId, organization), sql`${column} = requested.id`))
      .innerJoin(
        calls,
        and(eq(calls.organizationId, voiceCalls.organizationId), eq(calls.id, voiceCalls.callId)),
      )
      .prepare(name);
    return sharedRead(async (organizationId, keys) => {
      const [ids, names] = [
        keys.map((key) => key.slice(0, UUID_LENGTH)),
        keys.map((key) => key.slice(UUID_LENGTH)),
      ];
      const rows = await statement.execute({ organization: organizationId, ids, names });
      return new Map(rows.map((row) => [keys[Number(row.position) - 1] ?? '', row]));
    });
  };
  return {
    findById: find('voice_calls_to_change', voiceCalls.id),
    findByCallId: find('voice_calls_to_change_by_call', voiceCalls.callId),

    save: db
      .select({
        revision: sql<number>`saved.revision`,
        updatedAt: sql`saved.updated_at`.mapWith(voiceCalls.updatedAt),
        hasMore: sql<boolean>`saved.is_left`,
      })
      .from(
        sql`save_voice_call(${organization}::uuid, ${param('call')}::uuid, ${param('revision')}::integer,
          ${param('voiceCall')}::uuid, ${param('followed')}::text::jsonb, ${param('record')}::text::jsonb,
          ${param('isRecord')}::boolean, ${param('isSought')}::boolean, ${param('maxBytes')}::integer,
          ${param('maxDepth')}::integer, ${param('change')}::uuid, ${param('actor')}::text,
          ${param('oldValues')}::text::jsonb, ${param('newValues')}::text::jsonb) saved`,
      )
      .prepare('save_voice_call'),
  };
}

export const lookupKey = (id: string, names: Record<string, string>) => `${id}${JSON.stringify(names)}`;
