import { sql } from 'drizzle-orm';
import type { Db } from '../db/database.js';
import { columnsLike } from '../db/insert-rows.js';
import { calls } from '../db/tables/calls.js';

/** Puts a flow in force where nothing speaks against it, and reads its call; no row where something does. */
export function replaceCallFlowQuery(db: Db) {
  const given = sql.placeholder;
  return db
    .select(columnsLike(calls))
    .from(
      sql`replace_call_flow(${given('organization')}::uuid, ${given('call')}::uuid, ${given('system')}::text,
        ${given('name')}::text, ${given('value')}::text, ${given('terminal')}::text[],
        ${given('expectedFlowRevision')}::integer, ${given('key')}::text, ${given('flow')}::uuid,
        ${given('createdAt')}::timestamptz, ${given('commands')}::text::jsonb, ${given('change')}::uuid,
        ${given('actor')}::text) result`,
    )
    .prepare('replace_call_flow');
}

export type ReplaceCallFlowQuery = ReturnType<typeof replaceCallFlowQuery>;
