import { and, eq, sql } from 'drizzle-orm';
import type { Db } from '../db/database.js';
import { voiceCalls } from '../db/tables/voice-calls.js';
import { voiceCallListQueries } from './voice-call-list.queries.js';
import { voiceCallOffsetQueries } from './voice-call-offset.queries.js';

const organization = sql.placeholder('organization');
const keys = sql.placeholder('keys');

export function voiceCallQueries(db: Db) {
  return {
    byIds: db
      .select()
      .from(voiceCalls)
      .where(and(eq(voiceCalls.organizationId, organization), sql`${voiceCalls.id} = any(${keys})`))
      .prepare('voice_calls_by_ids'),

    byCallIds: db
      .select()
      .from(voiceCalls)
      .where(and(eq(voiceCalls.organizationId, organization), sql`${voiceCalls.callId} = any(${keys})`))
      .prepare('voice_calls_by_call_ids'),

    ...voiceCallListQueries(db),
    ...voiceCallOffsetQueries(db),
  };
}

export type VoiceCallQueries = ReturnType<typeof voiceCallQueries>;
