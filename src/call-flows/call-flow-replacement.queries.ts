import { sql } from 'drizzle-orm';
import type { Db } from '../db/database.js';
import { columnsLike } from '../db/insert-rows.js';
import { type CallColumns, onceByName, type ShownCall } from '../db/tables/call-columns.js';
import { calls } from '../db/tables/calls.js';

/** Puts a flow in force where nothing speaks against it, and reads these columns of its call; no row where something does. */
export function replaceCallFlowQuery(db: Db) {
  return onceByName(({ name, columns }: CallColumns) => {
    const given = sql.placeholder;
    return db
      .select(columnsLike<typeof calls, ShownCall>(calls, { ...columns, flowRevision: calls.flowRevision }))
      .from(
        sql`replace_call_flow(${given('organization')}::uuid, ${given('call')}::uuid, ${given('system')}::text,
        ${given('name')}::text, ${given('value')}::text, ${given('terminal')}::text[],
        ${given('expectedFlowRevision')}::integer, ${given('key')}::text, ${given('flow')}::uuid,
        ${given('createdAt')}::timestamptz, ${given('commands')}::text::jsonb, ${given('change')}::uuid,
        ${given('actor')}::text) result`,
      )
      .prepare(`replace_call_flow_${name}`);
  });
}

export type ReplaceCallFlowQuery = ReturnType<typeof replaceCallFlowQuery>;
