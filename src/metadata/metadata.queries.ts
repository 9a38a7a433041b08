import { getTableColumns, type SQL, sql } from 'drizzle-orm';
import type { Db } from '../db/database.js';
import { columnName } from '../db/insert-rows.js';
import { type CallRow, calls } from '../db/tables/calls.js';

/** The columns of the composite value `call` that the function returns. */
const callOfResult = Object.fromEntries(
  Object.entries(getTableColumns(calls)).map(([field, column]) => [
    field,
    sql`(result.call).${sql.identifier(columnName(calls, field))}`.mapWith(column),
  ]),
) as { [Field in keyof CallRow]: SQL<CallRow[Field]> };

type Outcome = 'MERGED' | 'REVISION_CONFLICT' | 'LIMIT_EXCEEDED';
/** The call, and what has become of the merge. */
export type MergeResult = CallRow & { outcome: Outcome };

const result = { ...callOfResult, outcome: sql<Outcome>`result.outcome` };

export function metadataQueries(db: Db) {
  const given = sql.placeholder;
  return {
    merge: db
      .select(result)
      .from(
        sql`merge_call_metadata(${given('organization')}::uuid, ${given('call')}::uuid, ${given('system')}::text,
          ${given('name')}::text, ${given('value')}::text, ${given('patch')}::text::jsonb, ${given('expectedRevision')}::integer,
          ${given('maxBytes')}::integer, ${given('change')}::uuid, ${given('actor')}::text) result`,
      )
      .prepare('merge_call_metadata'),

    mergeAll: db
      .select({ ...result, place: sql<string>`result.place` })
      .from(
        sql`merge_calls_metadata(${given('organization')}::uuid, ${given('items')}::text::jsonb,
          ${given('maxBytes')}::integer, ${given('actor')}::text) result`,
      )
      .prepare('merge_calls_metadata'),
  };
}
