import type { Sql } from 'postgres';

export type Answer = { answer: string }[];

/** What the statements of all writes have in common. */
export function writeParts(sql: Sql) {
  return {
    /** What a log row takes from a call that is locked. */
    bookkeeping: sql`clock_timestamp()::timestamptz(3) as recorded, next_change_label(change_label) as label,
      nextval('call_change_seq') as seq`,
    logColumns: sql`organization_id, label, seq, id, call_id, kind, actor, revision, patch, event_id, effective_at,
      arrival, old_values, new_values, recorded_at`,
    metadataDifference: sql`
      case when changed then jsonb_build_object('metadata', changed_members(metadata, merged)) else '{}' end,
      case when changed then jsonb_build_object('metadata', changed_members(merged, metadata)) else '{}' end`,
  };
}
