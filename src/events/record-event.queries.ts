import { sql } from 'drizzle-orm';
import type { Db } from '../db/database.js';
import { columnsLike } from '../db/insert-rows.js';
import { callEvents } from '../db/tables/call-events.js';

const place = sql.placeholder;

export function recordEventQueries(db: Db) {
  return {
    recordNamed: db
      .select(columnsLike(callEvents))
      .from(
        sql`record_named_event(${place('organization')}::uuid, ${place('event')}::text::jsonb, ${place('call')}::uuid,
          ${place('maxBytes')}::integer, ${place('change')}::uuid, ${place('actor')}::text) event`,
      )
      .prepare('record_named_event'),
  };
}
