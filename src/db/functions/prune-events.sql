-- Prunes events that came before p_before (the first id of that time) and are decided: one step of those after p_after. The
-- patches that they left in calls stay. Passes over those with a delivery that is to be sent or replayed, or whose admission
-- or dismissal goes on. `last` is where the step ended, null at the end.
CREATE OR REPLACE FUNCTION prune_events(
  p_organization uuid, p_after uuid, p_before uuid, p_most integer, OUT pruned integer, OUT last uuid
)
LANGUAGE plpgsql VOLATILE SET search_path FROM CURRENT AS $$
DECLARE
  decided CONSTANT text[] := '{MATCHED,TOO_LARGE,DISMISSED}';
  due uuid[];
BEGIN
  SELECT CASE WHEN count(*) = p_most THEN (array_agg(s.id ORDER BY s.id DESC))[1] END,
    coalesce(array_agg(s.id) FILTER (WHERE s.match = ANY (decided)), '{}')
  INTO last, due
  FROM (
    SELECT e.id, e.match FROM call_events e
    WHERE e.organization_id = p_organization AND e.id > p_after AND e.id < p_before ORDER BY e.id LIMIT p_most
  ) s;
  pruned := 0;
  IF cardinality(due) = 0 THEN
    RETURN;
  END IF;
  -- No event is decided, assigned, applied or withdrawn meanwhile.
  PERFORM pg_advisory_xact_lock(hashtextextended(p_organization || ' intake', 0));
  PERFORM FROM deliveries d
  WHERE d.organization_id = p_organization AND d.event_id = ANY (due) ORDER BY d.id FOR UPDATE;
  due := array(
    SELECT e.id FROM call_events e
    WHERE e.organization_id = p_organization AND e.id = ANY (due) AND e.match = ANY (decided) AND NOT EXISTS (
      SELECT FROM deliveries d
      WHERE d.organization_id = p_organization AND d.event_id = e.id
        AND d.state IN ('PENDING', 'RETRYING', 'INCOMPLETE', 'DEAD')
    ) AND NOT EXISTS (
      SELECT FROM event_admissions a
      WHERE a.organization_id = p_organization AND (a.event_id = e.id AND a.rule_id IS NULL OR a.group_id = e.group_id)
    )
  );
  DELETE FROM call_event_calls a WHERE a.organization_id = p_organization AND a.event_id = ANY (due);
  PERFORM erase_events(p_organization, due);
  pruned := cardinality(due);
END $$;
