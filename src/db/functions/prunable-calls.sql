-- Those of the given calls that may be pruned: ended (p_ended has the statuses), unchanged since p_before, without children,
-- and with nothing left to do: no delivery that is to be sent or replayed, no message to be processed, no admission, and no
-- undecided event that may still be assigned to them.
CREATE OR REPLACE FUNCTION prunable_calls(
  p_organization uuid, p_calls uuid[], p_ended text[], p_before timestamptz
) RETURNS uuid[]
LANGUAGE plpgsql STABLE SET search_path FROM CURRENT AS $$
DECLARE
  due uuid[] := array(
    SELECT c.id FROM calls c
    WHERE c.organization_id = p_organization AND c.id = ANY (p_calls) AND c.joined_into IS NULL
      AND c.updated_at < p_before AND c.status = ANY (p_ended)
      AND NOT EXISTS (SELECT FROM calls k WHERE k.organization_id = p_organization AND k.parent_id = c.id)
      AND NOT EXISTS (
        SELECT FROM deliveries d
        WHERE d.organization_id = p_organization AND d.call_id = c.id
          AND d.state IN ('PENDING', 'RETRYING', 'INCOMPLETE', 'DEAD')
      ) AND NOT EXISTS (
        SELECT FROM inbound_messages m
        WHERE m.organization_id = p_organization AND m.call_id = c.id AND m.next_attempt_at IS NOT NULL
      ) AND NOT EXISTS (
        SELECT FROM event_admissions a
        WHERE a.organization_id = p_organization AND (a.call_id = c.id OR a.group_id IN (
          SELECT m.group_id FROM call_group_members m WHERE m.organization_id = p_organization AND m.call_id = c.id
        ))
      )
  );
  reach interval;
  earliest timestamptz;
  latest timestamptz;
BEGIN
  IF cardinality(due) = 0 THEN
    RETURN due;
  END IF;
  SELECT make_interval(mins => max(r.window_minutes)) INTO reach FROM match_rules r
  WHERE r.organization_id = p_organization AND r.deleted_at IS NULL;
  SELECT min(o.at), max(o.at) INTO earliest, latest FROM calls c
  CROSS JOIN LATERAL (SELECT coalesce(c.started_at, c.ringing_at, c.created_at) AS at) o
  WHERE c.organization_id = p_organization AND c.id = ANY (due);
  RETURN array(
    SELECT unnest(due) EXCEPT
    SELECT k.id FROM call_events e
    CROSS JOIN LATERAL find_match(p_organization, e.metadata, e.event_time) decided
    JOIN match_rules r ON r.organization_id = p_organization AND r.id = decided.rule_id
    CROSS JOIN LATERAL match_candidates(r, match_value(e.metadata, r.metadata_path, r.call_field), e.event_time) k(id)
    WHERE e.organization_id = p_organization AND e.match = 'AMBIGUOUS'
      AND e.event_time BETWEEN earliest - reach AND latest + reach
  );
END $$;
