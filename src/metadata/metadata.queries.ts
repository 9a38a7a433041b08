import { sql } from 'drizzle-orm';
import type { Db } from '../db/database.js';
import { columnsLike } from '../db/insert-rows.js';
import type { CallColumns, ShownCall } from '../db/tables/call-columns.js';
import { calls } from '../db/tables/calls.js';

type Outcome = 'MERGED' | 'REVISION_CONFLICT' | 'LIMIT_EXCEEDED';
/** The call, and what has become of the merge. */
export type MergeResult = ShownCall & { outcome: Outcome };

/** The call that the functions return as one value, by its columns. */
const itsCall = sql`cross join lateral (select (result.call).*) ${calls}`;

const outcome = sql<Outcome>`result.outcome`;
const place = sql<string>`result.place`;

/** Merges, and reads these columns of the calls, under a name. */
export function metadataQueries(db: Pick<Db, 'select'>, { name, columns }: CallColumns) {
  const given = sql.placeholder;
  const call = columnsLike<typeof calls, ShownCall>(calls, { ...columns, revision: calls.revision });
  return {
    merge: db
      .select({ ...call, outcome })
      .from(
        sql`merge_call_metadata(${given('organization')}::uuid, ${given('call')}::uuid, ${given('system')}::text,
          ${given('name')}::text, ${given('value')}::text, ${given('patch')}::text::jsonb, ${given('expectedRevision')}::integer,
          ${given('maxBytes')}::integer, ${given('change')}::uuid, ${given('actor')}::text) result
          ${itsCall}`,
      )
      .prepare(`merge_call_metadata_${name}`),

    mergeAll: db
      .select({ ...call, outcome, place })
      .from(
        sql`merge_calls_metadata(${given('organization')}::uuid, ${given('items')}::text::jsonb,
          ${given('maxBytes')}::integer, ${given('actor')}::text) result ${itsCall}`,
      )
      .prepare(`merge_calls_metadata_${name}`),
  };
}
