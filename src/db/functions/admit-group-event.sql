-- Applies a group's event to the group's calls, except those that already have it or refused it. Takes one step:
-- is_left says that more calls remain; they are then noted in event_admissions.
CREATE OR REPLACE FUNCTION admit_group_event(
  p_organization uuid, p_event uuid, p_actor text, p_max_bytes integer, p_max_depth integer, OUT is_left boolean
)
LANGUAGE plpgsql VOLATILE SET search_path FROM CURRENT AS $$
DECLARE
  most integer := events_of_a_step();
  targets uuid[] := array(
    SELECT m.call_id FROM call_events e
    JOIN call_group_members m ON m.organization_id = e.organization_id AND m.group_id = e.group_id
    WHERE e.organization_id = p_organization AND e.id = p_event AND e.match <> 'DISMISSED' AND NOT EXISTS (
      SELECT FROM call_event_calls a
      WHERE a.organization_id = p_organization AND a.event_id = p_event AND a.call_id = m.call_id
    ) AND NOT EXISTS (
      SELECT FROM call_event_refusals a
      WHERE a.organization_id = p_organization AND a.event_id = p_event AND a.call_id = m.call_id
    )
    ORDER BY m.call_id LIMIT most + 1
  );
BEGIN
  SELECT a.is_left OR cardinality(targets) > most INTO is_left
  FROM apply_call_events(p_organization, array_fill(p_event, ARRAY[least(cardinality(targets), most)]), targets[:most],
    '{}', p_actor, '{}', p_max_bytes, p_max_depth) a;
  IF is_left THEN
    INSERT INTO event_admissions (organization_id, id, event_id, actor)
    VALUES (p_organization, new_uuid(), p_event, p_actor);
  END IF;
END $$;
