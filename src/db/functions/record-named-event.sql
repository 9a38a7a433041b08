-- Records an event that names a call, and applies it. p_event holds the columns of call_events except the arrival.
-- Returns no row and writes nothing if the call is unknown or the event was recorded before. An event that would make
-- the call's metadata too large is stored but does not count. The caller has checked the event's own depth.
CREATE OR REPLACE FUNCTION record_named_event(
  p_organization uuid, p_event jsonb, p_call uuid, p_max_bytes integer, p_change uuid, p_actor text
) RETURNS SETOF call_events
LANGUAGE plpgsql VOLATILE ROWS 1 SET search_path FROM CURRENT AS $$
DECLARE
  event call_events := jsonb_populate_record(NULL::call_events, p_event);
  stored record;
  merged jsonb;
  is_newest boolean;
  changed boolean;
  recorded timestamptz(3);
  at_label bigint;
BEGIN
  IF p_call IS NULL THEN
    SELECT r.call_id INTO p_call FROM call_references r
    WHERE r.organization_id = p_organization AND r.system = event.reference_system AND r.name = event.reference_name
      AND r.value = event.reference_value;
  END IF;
  IF NOT EXISTS (SELECT FROM calls c WHERE c.organization_id = p_organization AND c.id = p_call) THEN
    RETURN;
  END IF;
  event.organization_id := p_organization;
  event.arrival := next_patch_arrival();
  event.match := 'MATCHED';
  INSERT INTO call_events SELECT event.* ON CONFLICT (organization_id, event_id) DO NOTHING;
  IF NOT FOUND THEN
    RETURN;
  END IF;
  LOOP
    SELECT c.id, c.revision, c.metadata, c.metadata_at, c.metadata_arrival, c.change_label, c.updated_at, c.joined_into
    INTO stored FROM calls c WHERE c.organization_id = p_organization AND c.id = p_call FOR NO KEY UPDATE;
    IF NOT FOUND THEN
      -- It was erased meanwhile.
      DELETE FROM call_events e WHERE e.organization_id = p_organization AND e.id = event.id;
      DELETE FROM deliveries d WHERE d.organization_id = p_organization AND d.event_id = event.id;
      RETURN;
    END IF;
    EXIT WHEN stored.joined_into IS NULL;
    p_call := stored.joined_into;
  END LOOP;
  is_newest := ((event.event_time, event.arrival) > (stored.metadata_at, stored.metadata_arrival)) IS NOT FALSE;
  merged := CASE WHEN is_newest THEN merge_patch(stored.metadata, event.metadata)
    ELSE late_patch(p_organization, p_call, stored.metadata, event.metadata, event.event_time, event.arrival) END;
  IF pg_column_size(merged) * 6 > p_max_bytes AND metadata_too_large(merged, p_max_bytes)
    AND json_bytes(merged) > json_bytes(stored.metadata)
  THEN
    event.match := 'TOO_LARGE';
    UPDATE call_events e SET match = event.match WHERE e.organization_id = p_organization AND e.id = event.id;
    INSERT INTO call_event_refusals (organization_id, event_id, call_id) VALUES (p_organization, event.id, p_call);
    RETURN NEXT event;
    RETURN;
  END IF;
  changed := merged <> stored.metadata;
  recorded := clock_timestamp();
  at_label := next_change_label(stored.change_label);
  WITH applied AS (
    INSERT INTO call_event_calls (organization_id, event_id, call_id) VALUES (p_organization, event.id, p_call)
  ), logged AS (
    INSERT INTO call_changes (organization_id, label, seq, id, call_id, kind, actor, revision, patch, event_id,
      effective_at, arrival, old_values, new_values, recorded_at)
    VALUES (p_organization, at_label, nextval('call_change_seq'), p_change, p_call, 'EVENT_APPLIED', p_actor,
      CASE WHEN changed THEN stored.revision + 1 END, event.metadata, event.id, event.event_time, event.arrival,
      CASE WHEN changed THEN jsonb_build_object('metadata', changed_members(stored.metadata, merged)) ELSE '{}' END,
      CASE WHEN changed THEN jsonb_build_object('metadata', changed_members(merged, stored.metadata)) ELSE '{}' END,
      recorded)
  )
  UPDATE calls c SET metadata = merged, change_label = at_label, revision = stored.revision + changed::int,
    metadata_at = CASE WHEN is_newest THEN event.event_time ELSE stored.metadata_at END,
    metadata_arrival = CASE WHEN is_newest THEN event.arrival ELSE stored.metadata_arrival END,
    updated_at = CASE WHEN changed THEN recorded ELSE stored.updated_at END
  WHERE c.organization_id = p_organization AND c.id = p_call;
  RETURN NEXT event;
END $$;
