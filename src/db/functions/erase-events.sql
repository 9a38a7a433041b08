-- Erases events. The rows of the log that name them stay: they belong to calls. Needs the intake's exclusive lock.
CREATE OR REPLACE FUNCTION erase_events(p_organization uuid, p_events uuid[]) RETURNS void
LANGUAGE plpgsql VOLATILE SET search_path FROM CURRENT AS $$
BEGIN
  DELETE FROM deliveries d WHERE d.organization_id = p_organization AND d.event_id = ANY (p_events);
  -- A rule that had come so far begins anew, which does no harm.
  UPDATE event_admissions a SET event_id = NULL
  WHERE a.organization_id = p_organization AND a.event_id = ANY (p_events) AND a.rule_id IS NOT NULL;
  DELETE FROM event_admissions a WHERE a.organization_id = p_organization AND a.event_id = ANY (p_events);
  DELETE FROM waiting_values v WHERE v.organization_id = p_organization AND v.event_id = ANY (p_events);
  DELETE FROM call_event_refusals a WHERE a.organization_id = p_organization AND a.event_id = ANY (p_events);
  DELETE FROM call_events e WHERE e.organization_id = p_organization AND e.id = ANY (p_events);
END $$;
