-- Decides about waiting events that name no call, as if each arrived now, and applies those that match. Row locks
-- ensure that an event is decided once. `decided` counts the events for which a rule found a call.
CREATE OR REPLACE FUNCTION settle_by_rules(
  p_organization uuid, p_events uuid[], p_actor text, p_raised uuid[], p_max_bytes integer, p_max_depth integer,
  OUT changed uuid[], OUT decided integer, OUT is_left boolean
)
LANGUAGE plpgsql VOLATILE SET search_path FROM CURRENT AS $$
DECLARE
  events uuid[];
  targets uuid[];
  rules uuid[];
  ambiguous uuid[];
BEGIN
  PERFORM FROM call_events e
  WHERE e.organization_id = p_organization AND e.id = ANY (p_events) AND e.match = 'PENDING' ORDER BY e.id FOR UPDATE;
  SELECT array_agg(e.id) FILTER (WHERE cardinality(m.candidates) = 1),
    array_agg(m.candidates[1]) FILTER (WHERE cardinality(m.candidates) = 1),
    array_agg(m.rule_id) FILTER (WHERE cardinality(m.candidates) = 1),
    array_agg(e.id) FILTER (WHERE cardinality(m.candidates) > 1)
  INTO events, targets, rules, ambiguous
  FROM call_events e CROSS JOIN LATERAL find_match(p_organization, e.metadata, e.event_time) m
  WHERE e.organization_id = p_organization AND e.id = ANY (p_events) AND e.match = 'PENDING' AND m.rule_id IS NOT NULL;
  UPDATE call_events e SET match = 'AMBIGUOUS' WHERE e.organization_id = p_organization AND e.id = ANY (ambiguous);
  DELETE FROM waiting_values v WHERE v.organization_id = p_organization AND v.event_id = ANY (ambiguous);
  changed := '{}';
  decided := coalesce(cardinality(events), 0) + coalesce(cardinality(ambiguous), 0);
  is_left := false;
  IF events IS NOT NULL THEN
    SELECT a.changed, a.is_left INTO changed, is_left FROM apply_call_events(p_organization, events, targets, rules,
      p_actor, p_raised, p_max_bytes, p_max_depth) a;
  END IF;
END $$;
