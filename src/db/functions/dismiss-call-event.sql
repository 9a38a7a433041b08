-- Withdraws an event: the log keeps its rows without the patch, so that the metadata stays the fold of the log, and only
-- its own top-level keys are folded again. A call's metadata may grow by it beyond the limit. Unsent deliveries of the
-- event are given up. Under the exclusive intake lock no step of admission runs. Returns no row if there is no such event.
CREATE OR REPLACE FUNCTION dismiss_call_event(p_organization uuid, p_event uuid, p_actor text) RETURNS SETOF call_events
LANGUAGE plpgsql VOLATILE SET search_path FROM CURRENT AS $$
DECLARE
  event call_events;
  keys text[];
  targets uuid[];
  recorded timestamptz(3);
BEGIN
  PERFORM pg_advisory_xact_lock(hashtextextended(p_organization || ' intake', 0));
  SELECT e.* INTO event FROM call_events e
  WHERE e.organization_id = p_organization AND e.id = p_event FOR UPDATE;
  IF NOT FOUND THEN
    RETURN;
  END IF;
  IF event.match = 'DISMISSED' THEN
    RETURN NEXT event;
    RETURN;
  END IF;
  targets := array(
    SELECT a.call_id FROM call_event_calls a WHERE a.organization_id = p_organization AND a.event_id = p_event
  );
  PERFORM FROM calls c
  WHERE c.organization_id = p_organization AND c.id = ANY (targets) ORDER BY c.id FOR NO KEY UPDATE;
  recorded := clock_timestamp();
  keys := array(SELECT jsonb_object_keys(event.metadata));
  UPDATE call_changes h SET patch = NULL FROM calls c
  WHERE c.organization_id = p_organization AND (c.id = ANY (targets) OR c.joined_into = ANY (targets))
    AND h.organization_id = p_organization AND h.call_id = c.id AND h.patch IS NOT NULL
    AND h.effective_at = event.event_time AND h.arrival = event.arrival AND h.event_id = p_event;
  WITH target AS MATERIALIZED (
    SELECT c.id, c.revision, c.metadata, next_change_label(c.change_label) AS label, (c.metadata - keys) || (
      SELECT metadata_fold(part.patch ORDER BY h.effective_at, h.arrival)
      FROM calls r JOIN call_changes h ON h.organization_id = r.organization_id AND h.call_id = r.id
        AND h.patch IS NOT NULL AND h.patch ?| keys
      CROSS JOIN LATERAL (
        SELECT jsonb_object_agg(m.key, m.value) AS patch FROM jsonb_each(h.patch) m WHERE m.key = ANY (keys)
      ) part
      WHERE r.organization_id = p_organization AND (r.id = c.id OR r.joined_into = c.id)
    ) AS folded
    FROM calls c WHERE c.organization_id = p_organization AND c.id = ANY (targets)
  ), judged AS (
    SELECT t.*, t.folded <> t.metadata AS is_effective FROM target t
  ), logged AS (
    INSERT INTO call_changes (organization_id, label, seq, id, call_id, kind, actor, revision, event_id, effective_at,
      old_values, new_values, recorded_at)
    SELECT p_organization, j.label, nextval('call_change_seq'), new_uuid(), j.id, 'EVENT_DISMISSED', p_actor,
      CASE WHEN j.is_effective THEN j.revision + 1 END, p_event, recorded,
      CASE WHEN j.is_effective
        THEN jsonb_build_object('metadata', changed_members(j.metadata, j.folded)) ELSE '{}' END,
      CASE WHEN j.is_effective
        THEN jsonb_build_object('metadata', changed_members(j.folded, j.metadata)) ELSE '{}' END,
      recorded
    FROM judged j
  )
  UPDATE calls c SET metadata = j.folded, change_label = j.label, revision = j.revision + j.is_effective::int,
    updated_at = CASE WHEN j.is_effective THEN recorded ELSE c.updated_at END
  FROM judged j WHERE c.organization_id = p_organization AND c.id = j.id;
  UPDATE call_events e SET match = 'DISMISSED'
  WHERE e.organization_id = p_organization AND e.id = p_event RETURNING e.* INTO event;
  DELETE FROM waiting_values v WHERE v.organization_id = p_organization AND v.event_id = p_event;
  DELETE FROM event_admissions a WHERE a.organization_id = p_organization AND a.event_id = p_event AND a.rule_id IS NULL;
  PERFORM give_up_deliveries(p_organization, array(
    SELECT d.id FROM deliveries d
    WHERE d.organization_id = p_organization AND d.event_id = p_event
      AND d.state IN ('PENDING', 'RETRYING', 'INCOMPLETE', 'DEAD')
  ));
  RETURN NEXT event;
END $$;
