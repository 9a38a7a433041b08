import { and, eq, getTableColumns, type SQL, sql } from 'drizzle-orm';
import type { Db } from '../db/database.js';
import { objectText, othersIn, type ShownRows, storedIn, textColumns } from '../db/lists/row-text.js';
import type { RequestedFields } from '../db/loading/loader-set.js';
import { keys, organization } from '../db/loading/placeholders.js';
import type { ObjectField } from '../db/loading/row-shape.js';
import { calls } from '../db/tables/calls.js';
import { type VoiceCallRow, voiceCalls } from '../db/tables/voice-calls.js';
import { voiceCallListQueries } from './voice-call-list.queries.js';
import { voiceCallOffsetQueries } from './voice-call-offset.queries.js';

const COLUMNS = getTableColumns(voiceCalls);
export interface VoiceCallColumns {
  name: string;
  columns: typeof COLUMNS;
}
const { callId } = COLUMNS;

const ROWS: ShownRows = {
  stored: ({ name }) => (name in COLUMNS ? storedIn(COLUMNS[name as keyof VoiceCallRow]) : null),
};
const textsOf = textColumns(ROWS, (shape, texts): VoiceCallColumns => {
  const columns = { callId, ...othersIn(shape, COLUMNS), ...texts.columns };
  return { ...texts, columns: columns as object as typeof COLUMNS };
});
const ALL_COLUMNS: VoiceCallColumns = { name: 'all', columns: COLUMNS };

/** Of the call in a statement's `calls`. */
export function voiceCallText({ fields }: ObjectField): SQL | null {
  const text = objectText(fields, ROWS);
  return (
    text &&
    sql`(select ${text} from ${voiceCalls}
      where ${voiceCalls.organizationId} = ${calls.organizationId} and ${voiceCalls.callId} = ${calls.id})`
  );
}

export const voiceCallColumns = (requestedFields: RequestedFields): VoiceCallColumns =>
  textsOf(requestedFields?.shapes?.get('VoiceCall')) ?? ALL_COLUMNS;

export function voiceCallQueries(db: Db) {
  return {
    byIds: db
      .select()
      .from(voiceCalls)
      .where(and(eq(voiceCalls.organizationId, organization), sql`${voiceCalls.id} = any(${keys})`))
      .prepare('voice_calls_by_ids'),

    byCallIds: ({ name, columns }: VoiceCallColumns) =>
      db
        .select(columns)
        .from(voiceCalls)
        .where(and(eq(voiceCalls.organizationId, organization), sql`${voiceCalls.callId} = any(${keys})`))
        .prepare(`voice_calls_by_call_ids_${name}`),

    ...voiceCallListQueries(db),
    ...voiceCallOffsetQueries(db),
  };
}

export type VoiceCallQueries = ReturnType<typeof voiceCallQueries>;
