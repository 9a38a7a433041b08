import { and, type Column, eq, getTableColumns, sql } from 'drizzle-orm';
import type { Db } from '../db/database.js';
import { sharedRead } from '../db/shared-read.js';
import { type CallRow, callReferences, calls } from '../db/tables/calls.js';
import { voiceCalls } from '../db/tables/voice-calls.js';

const place = sql.placeholder;
const organization = place('organization');

/** A reference as it is known, and whose it is. */
export interface KnownReference {
  system: 'VCITA';
  name: string;
  value: string;
  callId: string;
}

/** Which of the names that are asked about, an object of vcita's names and values, are known. */
const known = sql<KnownReference[]>`(
  select coalesce(json_agg(json_build_object('system', r.system, 'name', r.name, 'value', r.value, 'callId', r.call_id)), '[]')
  from jsonb_each_text(asked.names::jsonb) given
  join ${callReferences} r on r.organization_id = ${organization} and r.system = 'VCITA' and r.name = given.key
    and r.value = given.value)`;

/** What of a call follows its voice call. */
export const FOLLOWING = [
  'direction',
  'status',
  'vendorStatus',
  'from',
  'to',
  'customerNumber',
  'duration',
] as const satisfies readonly (keyof CallRow)[];

/** The rest of the call is no matter of its voice call's. */
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
  duration: calls.duration,
  answeredAt: calls.answeredAt,
};

/** The length of a uuid. */
const UUID = 36;

/** What changing a voice call takes where nobody else is changing it: a look at what is there, and one write. */
export function voiceCallSaveQueries(db: Db) {
  /** The voice calls that a column finds, by `lookKey`: one statement for all requests of a turn. */
  const look = (name: string, column: Column) => {
    const statement = db
      .select({ position: sql<string>`asked.position`, voiceCall: getTableColumns(voiceCalls), call, known })
      .from(
        sql`unnest(${place('ids')}::uuid[], ${place('names')}::text[]) with ordinality asked(id, names, position)`,
      )
      .innerJoin(voiceCalls, and(eq(voiceCalls.organizationId, organization), sql`${column} = asked.id`))
      .innerJoin(
        calls,
        and(eq(calls.organizationId, voiceCalls.organizationId), eq(calls.id, voiceCalls.callId)),
      )
      .prepare(name);
    return sharedRead(async (owner, keys) => {
      const [ids, names] = [keys.map((key) => key.slice(0, UUID)), keys.map((key) => key.slice(UUID))];
      const rows = await statement.execute({ organization: owner, ids, names });
      return new Map(rows.map((row) => [keys[Number(row.position) - 1] ?? '', row]));
    });
  };
  return {
    lookById: look('voice_calls_to_change', voiceCalls.id),
    lookByCallId: look('voice_calls_to_change_by_call', voiceCalls.callId),

    /** No row where the call has another revision by now. */
    save: db
      .select({
        revision: sql<number>`saved.revision`,
        updatedAt: sql`saved.updated_at`.mapWith(voiceCalls.updatedAt),
        isLeft: sql<boolean>`saved.is_left`,
      })
      .from(
        sql`save_voice_call(${organization}::uuid, ${place('call')}::uuid, ${place('revision')}::integer,
          ${place('voiceCall')}::uuid, ${place('followed')}::text::jsonb, ${place('record')}::text::jsonb,
          ${place('isRecord')}::boolean, ${place('isSought')}::boolean, ${place('maxBytes')}::integer,
          ${place('maxDepth')}::integer, ${place('change')}::uuid, ${place('actor')}::text,
          ${place('oldValues')}::text::jsonb, ${place('newValues')}::text::jsonb) saved`,
      )
      .prepare('save_voice_call'),
  };
}

/** A voice call or call by its id, and the names of vcita's that its change gives. */
export const lookKey = (id: string, names: Record<string, string>) => `${id}${JSON.stringify(names)}`;
