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

    /** By place. */
    recordAll: db
      .select({
        ...columnsLike(callEvents),
        place: sql<number>`result.place`,
        outcome: sql<string>`result.outcome`,
        isLeft: sql<boolean>`result.is_left`,
      })
      .from(
        sql`record_call_events(${place('organization')}::uuid, ${place('events')}::text::jsonb, ${place('actor')}::text,
          ${place('maxBytes')}::integer, ${place('maxDepth')}::integer) result
          cross join lateral (select (result.event).*) ${callEvents}`,
      )
      .orderBy(sql`result.place`)
      .prepare('record_call_events'),

    dismiss: db
      .select({ ...columnsLike(callEvents), isLeft: sql<boolean>`result.is_left` })
      .from(
        sql`dismiss_call_event(${place('organization')}::uuid, ${place('event')}::uuid, ${place('actor')}::text) result
          cross join lateral (select (result.event).*) ${callEvents}`,
      )
      .prepare('dismiss_call_event'),
  };
}
