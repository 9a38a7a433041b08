import { sql } from 'drizzle-orm';
import type { Db } from '../db/database.js';
import { columnsLike } from '../db/insert-rows.js';
import { onceFor } from '../db/loading/once-for.js';
import type { CallColumns, ShownCall } from '../db/tables/call-columns.js';
import { calls } from '../db/tables/calls.js';

export function replaceCallFlowQuery(db: Db) {
  return onceFor(({ name, columns }: CallColumns) => {
    const param = sql.placeholder;
    return db
      .select(columnsLike<typeof calls, ShownCall>(calls, columns))
      .from(
        sql`replace_call_flow(${param('organization')}::uuid, ${param('call')}::uuid, ${param('system')}::text,
        ${param('name')}::text, ${param('value')}::text, ${param('terminal')}::text[],
        ${param('expectedFlowRevision')}::integer, ${param('key')}::text, ${param('flow')}::uuid,
        ${param('createdAt')}::timestamptz, ${param('commands')}::text::jsonb, ${param('change')}::uuid,
        ${param('actor')}::text) result`,
      )
      .prepare(`replace_call_flow_${name}`);
  });
}

export type ReplaceCallFlowQuery = ReturnType<typeof replaceCallFlowQuery>;
