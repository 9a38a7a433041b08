-- Stores what the match rules see in an event that starts to wait, or what one new rule sees in all waiting events.
CREATE OR REPLACE FUNCTION keep_waiting_values(p_organization uuid, p_event uuid, p_rule uuid) RETURNS void
LANGUAGE sql VOLATILE SET search_path FROM CURRENT
BEGIN ATOMIC
  INSERT INTO waiting_values (organization_id, rule_id, event_id, value)
  SELECT p_organization, r.id, e.id, waiting_value(e.metadata, r.metadata_path, r.call_field)
  FROM call_events e JOIN match_rules r ON r.organization_id = e.organization_id AND r.deleted_at IS NULL
  WHERE e.organization_id = p_organization AND e.match = 'PENDING' AND e.target = 'RULES'
    AND (p_event IS NULL OR e.id = p_event) AND (p_rule IS NULL OR r.id = p_rule)
    AND match_value(e.metadata, r.metadata_path, r.call_field) IS NOT NULL;
END;
