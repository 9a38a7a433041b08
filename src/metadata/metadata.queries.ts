import { type SQL, sql } from 'drizzle-orm';
import type { Db } from '../db/database.js';
import { columnsLike } from '../db/insert-rows.js';
import type { CallColumns, ShownCall } from '../db/tables/call-columns.js';
import { calls } from '../db/tables/calls.js';

type MergeOutcome = 'MERGED' | 'REVISION_CONFLICT' | 'LIMIT_EXCEEDED';
export type MergeResult = ShownCall & { outcome: MergeOutcome; bytes: number | null };

const itsCall = sql`cross join lateral (select (result.call).*) ${calls}`;

const outcome = sql<MergeOutcome>`result.outcome`;
/** What the metadata would have. */
const bytesWith = (patch: SQL) =>
  sql<number | null>`case when result.outcome = 'LIMIT_EXCEEDED' then
    json_bytes(merge_patch((result.call).metadata, ${patch}))::integer end`;
const position = sql<string>`result.place`;

export function metadataQueries(db: Pick<Db, 'select'>, { name, columns }: CallColumns) {
  const param = sql.placeholder;
  const call = columnsLike<typeof calls, ShownCall>(calls, columns);
  return {
    merge: db
      .select({ ...call, outcome, bytes: bytesWith(sql`${param('patch')}::text::jsonb`) })
      .from(
        sql`merge_call_metadata(${param('organization')}::uuid, ${param('call')}::uuid, ${param('system')}::text,
          ${param('name')}::text, ${param('value')}::text, ${param('patch')}::text::jsonb, ${param('expectedRevision')}::integer,
          ${param('maxBytes')}::integer, ${param('change')}::uuid, ${param('actor')}::text) result
          ${itsCall}`,
      )
      .prepare(`merge_call_metadata_${name}`),

    mergeAll: db
      .select({
        ...call,
        outcome,
        bytes: bytesWith(sql`${param('items')}::text::jsonb #> array[(result.place - 1)::text, 'patch']`),
        position,
      })
      .from(
        sql`merge_calls_metadata(${param('organization')}::uuid, ${param('items')}::text::jsonb,
          ${param('maxBytes')}::integer, ${param('actor')}::text) result ${itsCall}`,
      )
      .prepare(`merge_calls_metadata_${name}`),
  };
}
