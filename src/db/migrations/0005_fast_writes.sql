-- Writes what was made of a voice call and its call by somebody who holds no lock: only if the call is still at the
-- revision that it was made of. No row if it is not, and nothing is written then. What follows of the call is given as
-- columns of calls, and the record as columns of voice_calls; p_is_record says whether the record itself has changed.
CREATE FUNCTION save_voice_call(
  p_organization uuid, p_call uuid, p_revision integer, p_voice_call uuid, p_followed jsonb, p_record jsonb,
  p_is_record boolean, p_change uuid, p_actor text, p_old_values jsonb, p_new_values jsonb
) RETURNS TABLE (revision integer, updated_at timestamptz)
LANGUAGE plpgsql VOLATILE SET search_path FROM CURRENT AS $$
DECLARE
  saved record;
BEGIN
  UPDATE calls c SET direction = f.direction, status = f.status, vendor_status = f.vendor_status,
    from_address = f.from_address, to_address = f.to_address, duration = f.duration, revision = c.revision + 1,
    change_label = next_change_label(c.change_label), updated_at = clock_timestamp()
  FROM jsonb_populate_record(NULL::calls, p_followed) f
  WHERE c.organization_id = p_organization AND c.id = p_call AND c.revision = p_revision AND c.joined_into IS NULL
  RETURNING c.revision, c.change_label, c.updated_at INTO saved;
  IF NOT FOUND THEN
    RETURN;
  END IF;
  INSERT INTO call_changes (organization_id, label, seq, id, call_id, kind, actor, revision, effective_at, old_values,
    new_values, recorded_at)
  VALUES (p_organization, saved.change_label, nextval('call_change_seq'), p_change, p_call, 'VOICE_CALL_UPDATED',
    p_actor, saved.revision, saved.updated_at, p_old_values, p_new_values, saved.updated_at);
  IF NOT p_is_record THEN
    RETURN QUERY SELECT v.revision, v.updated_at FROM voice_calls v
      WHERE v.organization_id = p_organization AND v.id = p_voice_call;
    RETURN;
  END IF;
  RETURN QUERY UPDATE voice_calls v SET uid = r.uid, staff_uid = r.staff_uid, client_uid = r.client_uid,
    from_number = r.from_number, to_number = r.to_number, direction = r.direction, status = r.status, rate = r.rate,
    price = r.price, provider = r.provider, source_id = r.source_id, external_uuid = r.external_uuid,
    duration = r.duration, call_summary = r.call_summary, external_app_url = r.external_app_url,
    external_app_name = r.external_app_name, recording_id = r.recording_id,
    handled_by_staff_uid = r.handled_by_staff_uid, revision = v.revision + 1, updated_at = saved.updated_at
  FROM jsonb_populate_record(NULL::voice_calls, p_record) r
  WHERE v.organization_id = p_organization AND v.id = p_voice_call RETURNING v.revision, v.updated_at;
END $$;
--> statement-breakpoint
-- Records an event that names a call, and applies it, where the call is known and the event is new to us: what is given
-- are columns of call_events but for the arrival. No row otherwise, and nothing is written then.
CREATE FUNCTION record_named_event(p_organization uuid, p_event jsonb, p_call uuid, p_change uuid, p_actor text)
RETURNS SETOF call_events
LANGUAGE plpgsql VOLATILE SET search_path FROM CURRENT AS $$
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
  event.arrival := nextval('patch_arrival');
  event.match := 'MATCHED';
  INSERT INTO call_events SELECT event.* ON CONFLICT (organization_id, event_id) DO NOTHING;
  IF NOT FOUND THEN
    RETURN;
  END IF;
  LOOP
    SELECT c.id, c.revision, c.metadata, c.metadata_at, c.metadata_arrival, c.change_label, c.updated_at, c.joined_into
    INTO stored FROM calls c WHERE c.organization_id = p_organization AND c.id = p_call FOR NO KEY UPDATE;
    EXIT WHEN stored.joined_into IS NULL;
    p_call := stored.joined_into;
  END LOOP;
  is_newest := ((event.event_time, event.arrival) > (stored.metadata_at, stored.metadata_arrival)) IS NOT FALSE;
  merged := CASE WHEN is_newest THEN merge_patch(stored.metadata, event.metadata)
    ELSE late_patch(p_organization, p_call, stored.metadata, event.metadata, event.event_time, event.arrival) END;
  changed := merged <> stored.metadata;
  recorded := clock_timestamp();
  at_label := next_change_label(stored.change_label);
  INSERT INTO call_event_calls (organization_id, event_id, call_id) VALUES (p_organization, event.id, p_call);
  INSERT INTO call_changes (organization_id, label, seq, id, call_id, kind, actor, revision, patch, event_id,
    effective_at, arrival, old_values, new_values, recorded_at)
  VALUES (p_organization, at_label, nextval('call_change_seq'), p_change, p_call, 'EVENT_APPLIED', p_actor,
    CASE WHEN changed THEN stored.revision + 1 END, event.metadata, event.id, event.event_time, event.arrival,
    CASE WHEN changed THEN jsonb_build_object('metadata', changed_members(stored.metadata, merged)) ELSE '{}' END,
    CASE WHEN changed THEN jsonb_build_object('metadata', changed_members(merged, stored.metadata)) ELSE '{}' END,
    recorded);
  UPDATE calls c SET metadata = merged, change_label = at_label, revision = stored.revision + changed::int,
    metadata_at = CASE WHEN is_newest THEN event.event_time ELSE stored.metadata_at END,
    metadata_arrival = CASE WHEN is_newest THEN event.arrival ELSE stored.metadata_arrival END,
    updated_at = CASE WHEN changed THEN recorded ELSE stored.updated_at END
  WHERE c.organization_id = p_organization AND c.id = p_call;
  RETURN NEXT event;
END $$;
--> statement-breakpoint
-- Puts a new flow in force and answers with the call as it is then. No row, and nothing written, where that would be
-- refused or was done before, by its key: which it is the caller finds out under the call's lock. So it does where the
-- flow was drafted before the one in force: flows are in the order of their times, which joining two calls relies on.
CREATE FUNCTION replace_call_flow(
  p_organization uuid, p_call uuid, p_system text, p_name text, p_value text, p_terminal text[],
  p_expected_flow_revision integer, p_key text, p_flow uuid, p_created_at timestamptz, p_commands jsonb, p_change uuid,
  p_actor text
) RETURNS SETOF calls
LANGUAGE plpgsql VOLATILE SET search_path FROM CURRENT AS $$
DECLARE
  stored calls;
  replaced integer;
  recorded timestamptz(3);
BEGIN
  IF p_call IS NULL THEN
    SELECT r.call_id INTO p_call FROM call_references r
    WHERE r.organization_id = p_organization AND r.system = p_system AND r.name = p_name AND r.value = p_value;
  END IF;
  LOOP
    SELECT c.* INTO stored FROM calls c
    WHERE c.organization_id = p_organization AND c.id = p_call FOR NO KEY UPDATE;
    IF NOT FOUND THEN
      RETURN;
    END IF;
    EXIT WHEN stored.joined_into IS NULL;
    p_call := stored.joined_into;
  END LOOP;
  replaced := stored.flow_revision;
  IF stored.status = ANY (p_terminal) OR p_expected_flow_revision <> replaced
    OR p_key IS NOT NULL AND EXISTS (
      SELECT FROM idempotency_keys k
      WHERE k.organization_id = p_organization AND k.call_id = p_call AND k.key = p_key
    )
    OR replaced > 0 AND EXISTS (
      SELECT FROM call_flows f
      WHERE f.organization_id = p_organization AND f.call_id = p_call AND f.revision = replaced
        AND (f.created_at, f.id) > (p_created_at, p_flow)
    )
  THEN
    RETURN;
  END IF;
  recorded := clock_timestamp();
  UPDATE calls c SET flow_revision = replaced + 1, revision = c.revision + 1, updated_at = recorded,
    change_label = next_change_label(c.change_label)
  WHERE c.organization_id = p_organization AND c.id = p_call RETURNING c.* INTO stored;
  INSERT INTO call_flows (organization_id, id, call_id, revision, created_at)
  VALUES (p_organization, p_flow, p_call, stored.flow_revision, p_created_at);
  INSERT INTO call_flow_commands (organization_id, id, flow_id, position, command, status, conditions, options)
  SELECT p_organization, c.id, p_flow, c.position, c.command, c.status, c.conditions, c.options
  FROM jsonb_populate_recordset(NULL::call_flow_commands, p_commands) c;
  IF p_key IS NOT NULL THEN
    INSERT INTO idempotency_keys (organization_id, call_id, key, flow_id, created_at)
    VALUES (p_organization, p_call, p_key, p_flow, p_created_at);
  END IF;
  INSERT INTO call_changes (organization_id, label, seq, id, call_id, kind, actor, revision, effective_at, old_values,
    new_values, recorded_at)
  VALUES (p_organization, stored.change_label, nextval('call_change_seq'), p_change, p_call, 'CALL_FLOW_REPLACED',
    p_actor, stored.revision, recorded,
    jsonb_build_object('callFlow', CASE WHEN replaced > 0 THEN jsonb_build_object('revision', replaced) END),
    jsonb_build_object('callFlow', jsonb_build_object('revision', stored.flow_revision)), recorded);
  RETURN NEXT stored;
END $$;
