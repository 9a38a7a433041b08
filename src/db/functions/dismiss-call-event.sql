-- Withdraws an event, and takes the first step of taking it out of its calls; continue_event_admissions takes the others.
-- A call's metadata may grow by it beyond the limit. Unsent deliveries of the event are given up. Under the exclusive intake
-- lock no step of admission runs. Returns no row if there is no such event. is_left says that some of its calls are still to
-- be done, also if an earlier dismissal has left them.
CREATE OR REPLACE FUNCTION dismiss_call_event(
  p_organization uuid, p_event uuid, p_actor text, OUT is_left boolean, OUT event call_events
) RETURNS SETOF record
LANGUAGE plpgsql VOLATILE SET search_path FROM CURRENT AS $$
BEGIN
  PERFORM pg_advisory_xact_lock(hashtextextended(p_organization || ' intake', 0));
  SELECT e.* INTO event FROM call_events e
  WHERE e.organization_id = p_organization AND e.id = p_event FOR UPDATE;
  IF NOT FOUND THEN
    RETURN;
  END IF;
  IF event.match = 'DISMISSED' THEN
    is_left := EXISTS (
      SELECT FROM event_admissions a
      WHERE a.organization_id = p_organization AND a.event_id = p_event AND a.rule_id IS NULL
    );
    RETURN NEXT;
    RETURN;
  END IF;
  UPDATE call_events e SET match = 'DISMISSED'
  WHERE e.organization_id = p_organization AND e.id = p_event RETURNING e.* INTO event;
  DELETE FROM waiting_values v WHERE v.organization_id = p_organization AND v.event_id = p_event;
  DELETE FROM event_admissions a WHERE a.organization_id = p_organization AND a.event_id = p_event AND a.rule_id IS NULL;
  is_left := withdraw_event(p_organization, p_event, p_actor, least(events_of_a_step(), 500));
  PERFORM give_up_deliveries(p_organization, array(
    SELECT d.id FROM deliveries d
    WHERE d.organization_id = p_organization AND d.event_id = p_event
      AND d.state IN ('PENDING', 'RETRYING', 'INCOMPLETE', 'DEAD')
  ));
  RETURN NEXT;
END $$;
