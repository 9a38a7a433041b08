-- Applies one event, in one statement, to those of the locked calls in which it is the newest patch. Returns the calls
-- that changed.
CREATE OR REPLACE FUNCTION apply_newest_event(
  p_organization uuid, p_event uuid, p_calls uuid[], p_actor text, p_raised uuid[], p_max_bytes integer
) RETURNS uuid[]
LANGUAGE plpgsql VOLATILE SET search_path FROM CURRENT AS $$
DECLARE
  event call_events;
  changed uuid[];
  recorded timestamptz(3) := clock_timestamp();
BEGIN
  SELECT e.* INTO event FROM call_events e WHERE e.organization_id = p_organization AND e.id = p_event;
  WITH target AS MATERIALIZED (
    SELECT c.id, c.revision + (NOT c.id = ANY (p_raised))::int AS revision, c.metadata,
      next_change_label(c.change_label) AS label, merge_patch(c.metadata, event.metadata) AS merged
    FROM calls c WHERE c.organization_id = p_organization AND c.id = ANY (p_calls)
      AND ((event.event_time, event.arrival) > (c.metadata_at, c.metadata_arrival)) IS NOT FALSE
      AND NOT EXISTS (
        SELECT FROM call_event_calls a
        WHERE a.organization_id = p_organization AND a.event_id = p_event AND a.call_id = c.id
      ) AND NOT EXISTS (
        SELECT FROM call_event_refusals a
        WHERE a.organization_id = p_organization AND a.event_id = p_event AND a.call_id = c.id
      )
  ), judged AS MATERIALIZED (
    SELECT t.*, t.merged <> t.metadata AS is_effective, pg_column_size(t.merged) * 6 > p_max_bytes
      AND metadata_too_large(t.merged, p_max_bytes) AND json_bytes(t.merged) > json_bytes(t.metadata) AS is_refused
    FROM target t
  ), refused AS (
    INSERT INTO call_event_refusals (organization_id, event_id, call_id)
    SELECT p_organization, p_event, j.id FROM judged j WHERE j.is_refused
  ), applied AS (
    INSERT INTO call_event_calls (organization_id, event_id, call_id)
    SELECT p_organization, p_event, j.id FROM judged j WHERE NOT j.is_refused
  ), logged AS (
    INSERT INTO call_changes (organization_id, label, seq, id, call_id, kind, actor, revision, patch, event_id,
      effective_at, arrival, old_values, new_values, recorded_at)
    SELECT p_organization, j.label, nextval('call_change_seq'), new_uuid(), j.id, 'EVENT_APPLIED', p_actor,
      CASE WHEN j.is_effective THEN j.revision END, event.metadata, p_event, event.event_time, event.arrival,
      CASE WHEN j.is_effective
        THEN jsonb_build_object('metadata', changed_members(j.metadata, j.merged)) ELSE '{}' END,
      CASE WHEN j.is_effective
        THEN jsonb_build_object('metadata', changed_members(j.merged, j.metadata)) ELSE '{}' END,
      recorded
    FROM judged j WHERE NOT j.is_refused
  ), saved AS (
    UPDATE calls c SET metadata = j.merged, change_label = j.label, metadata_at = event.event_time,
      metadata_arrival = event.arrival, revision = CASE WHEN j.is_effective THEN j.revision ELSE c.revision END,
      updated_at = CASE WHEN j.is_effective THEN recorded ELSE c.updated_at END
    FROM judged j WHERE c.organization_id = p_organization AND c.id = j.id AND NOT j.is_refused
    RETURNING c.id, j.is_effective
  )
  SELECT coalesce(array_agg(s.id) FILTER (WHERE s.is_effective), '{}') INTO changed FROM saved s;
  RETURN changed;
END $$;
