-- Applies events to calls, given as pairs (and the rule that found the call, if one did); a pair counts once however
-- often it is applied. Locks the calls before it reads: a single statement would wait for the locks and then fold a
-- ledger that is out of date. An event becomes MATCHED when it counts in a call, and TOO_LARGE when every call refused
-- it. `changed` lists the calls that changed; is_left says that time ran out. p_raised lists the calls whose revision
-- this mutation has already raised.
CREATE OR REPLACE FUNCTION apply_call_events(
  p_organization uuid, p_events uuid[], p_calls uuid[], p_rules uuid[], p_actor text, p_raised uuid[],
  p_max_bytes integer, p_max_depth integer, OUT changed uuid[], OUT is_left boolean
)
LANGUAGE plpgsql VOLATILE SET search_path FROM CURRENT AS $$
DECLARE
  deadline timestamptz := step_deadline();
  targets uuid[];
  target record;
  applied record;
BEGIN
  changed := '{}';
  is_left := false;
  LOOP
    targets := array(
      SELECT coalesce(c.joined_into, c.id) FROM unnest(p_calls) WITH ORDINALITY given(id, place)
      JOIN calls c ON c.organization_id = p_organization AND c.id = given.id ORDER BY given.place
    );
    PERFORM FROM calls c WHERE c.organization_id = p_organization AND c.id = ANY (targets)
    ORDER BY c.id FOR NO KEY UPDATE;
    EXIT WHEN NOT EXISTS (
      SELECT FROM calls c
      WHERE c.organization_id = p_organization AND c.id = ANY (targets) AND c.joined_into IS NOT NULL
    );
  END LOOP;
  IF cardinality(p_events) > 0 AND p_events[1] = ALL (p_events) AND NOT EXISTS (
    SELECT FROM call_events e
    WHERE e.organization_id = p_organization AND e.id = p_events[1] AND metadata_too_deep(e.metadata, p_max_depth)
  ) THEN
    changed := apply_newest_event(p_organization, p_events[1], targets, p_actor, p_raised, p_max_bytes);
  END IF;
  FOR target IN
    SELECT pair.call_id AS id, array_agg(DISTINCT pair.event_id) AS events
    FROM unnest(p_events, targets) pair(event_id, call_id)
    WHERE NOT EXISTS (
      SELECT FROM call_event_calls a
      WHERE a.organization_id = p_organization AND a.event_id = pair.event_id AND a.call_id = pair.call_id
    ) AND NOT EXISTS (
      SELECT FROM call_event_refusals a
      WHERE a.organization_id = p_organization AND a.event_id = pair.event_id AND a.call_id = pair.call_id
    )
    GROUP BY pair.call_id ORDER BY pair.call_id
  LOOP
    applied := apply_events_to_call(p_organization, target.id, target.events, p_actor, target.id = ANY (p_raised),
      p_max_bytes, p_max_depth, deadline);
    IF applied.is_changed THEN
      changed := array_append(changed, target.id);
    END IF;
    is_left := applied.is_left OR clock_timestamp() > deadline;
    EXIT WHEN is_left;
  END LOOP;
  UPDATE call_events e SET match = decided.match, matched_by = coalesce(decided.rule_id, e.matched_by)
  FROM (
    SELECT given.event_id, given.rule_id, CASE
      WHEN EXISTS (SELECT FROM call_event_calls a
        WHERE a.organization_id = p_organization AND a.event_id = given.event_id) THEN 'MATCHED'
      WHEN EXISTS (SELECT FROM call_event_refusals a
        WHERE a.organization_id = p_organization AND a.event_id = given.event_id) THEN 'TOO_LARGE'
      END AS match
    FROM (SELECT DISTINCT event_id, rule_id FROM unnest(p_events, p_rules) given(event_id, rule_id)) given
  ) decided
  WHERE e.organization_id = p_organization AND e.id = decided.event_id AND e.match <> decided.match;
  DELETE FROM waiting_values v USING call_events e
  WHERE v.organization_id = p_organization AND v.event_id = ANY (p_events)
    AND e.organization_id = p_organization AND e.id = v.event_id AND e.match <> 'PENDING';
END $$;
