-- Tries a new rule on one step of the waiting events with an id after p_after, and notes how far it got. Needs the
-- intake's exclusive lock.
CREATE OR REPLACE FUNCTION try_match_rule(
  p_organization uuid, p_rule uuid, p_after uuid, p_actor text, p_max_bytes integer, p_max_depth integer,
  OUT is_left boolean
)
LANGUAGE plpgsql VOLATILE SET search_path FROM CURRENT AS $$
DECLARE
  most integer := events_of_a_step();
  events uuid[] := array(
    SELECT e.id FROM call_events e
    WHERE e.organization_id = p_organization AND e.match = 'PENDING' AND e.target = 'RULES'
      AND (p_after IS NULL OR e.id > p_after)
    ORDER BY e.id LIMIT most
  );
BEGIN
  INSERT INTO waiting_values (organization_id, rule_id, event_id, value)
  SELECT p_organization, r.id, e.id, waiting_value(e.metadata, r.metadata_path, r.call_field)
  FROM match_rules r JOIN call_events e ON e.organization_id = r.organization_id AND e.id = ANY (events)
  WHERE r.organization_id = p_organization AND r.id = p_rule AND r.deleted_at IS NULL
    AND match_value(e.metadata, r.metadata_path, r.call_field) IS NOT NULL
  ON CONFLICT DO NOTHING;
  SELECT s.is_left INTO is_left FROM settle_by_rules(p_organization, array(
    SELECT v.event_id FROM match_rules r
    JOIN waiting_values v ON v.organization_id = r.organization_id AND v.rule_id = r.id AND v.event_id = ANY (events)
    JOIN call_events e ON e.organization_id = v.organization_id AND e.id = v.event_id
    WHERE r.organization_id = p_organization AND r.id = p_rule
      AND EXISTS (
        SELECT FROM match_candidates(r.*, match_value(e.metadata, r.metadata_path, r.call_field), e.event_time)
      )
  ), p_actor, '{}', p_max_bytes, p_max_depth) s;
  IF is_left OR cardinality(events) = most THEN
    INSERT INTO event_admissions (organization_id, id, rule_id, event_id, actor)
    VALUES (p_organization, new_uuid(), p_rule, CASE WHEN is_left THEN p_after ELSE events[most] END, p_actor);
    is_left := true;
  END IF;
END $$;
