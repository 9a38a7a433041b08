-- Saves a voice call and its call, computed without a lock: only if the call still has the revision p_revision, else
-- returns no row and writes nothing. p_followed holds columns of calls, but of field_times only those that change;
-- p_record holds columns of voice_calls, p_is_record says that the record itself changed. p_is_sought says that the call
-- gets a value that match rules look at: the events that wait for it are then applied, under the intake's lock, which is
-- shared from before the write. is_left says that more events remain.
CREATE OR REPLACE FUNCTION save_voice_call(
  p_organization uuid, p_call uuid, p_revision integer, p_voice_call uuid, p_followed jsonb, p_record jsonb,
  p_is_record boolean, p_is_sought boolean, p_max_bytes integer, p_max_depth integer, p_change uuid, p_actor text,
  p_old_values jsonb, p_new_values jsonb
) RETURNS TABLE (revision integer, updated_at timestamptz, is_left boolean)
LANGUAGE plpgsql VOLATILE SET search_path FROM CURRENT AS $$
DECLARE
  saved record;
BEGIN
  IF p_is_sought THEN
    PERFORM pg_advisory_xact_lock_shared(hashtextextended(p_organization || ' intake', 0));
  END IF;
  UPDATE calls c SET direction = f.direction, status = f.status, vendor_status = f.vendor_status,
    from_address = f.from_address, to_address = f.to_address, originator = f.originator, receiver = f.receiver,
    duration = f.duration,
    field_times = nullif(coalesce(c.field_times, '{}') || coalesce(f.field_times, '{}'), '{}'), revision = c.revision + 1,
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
  IF p_is_record THEN
    UPDATE voice_calls v SET uid = r.uid, staff_uid = r.staff_uid, client_uid = r.client_uid,
      from_number = r.from_number, to_number = r.to_number, direction = r.direction, status = r.status, rate = r.rate,
      price = r.price, provider = r.provider, source_id = r.source_id, external_uuid = r.external_uuid,
      duration = r.duration, call_summary = r.call_summary, external_app_url = r.external_app_url,
      external_app_name = r.external_app_name, recording_id = r.recording_id,
      handled_by_staff_uid = r.handled_by_staff_uid, revision = v.revision + 1, updated_at = saved.updated_at
    FROM jsonb_populate_record(NULL::voice_calls, p_record) r
    WHERE v.organization_id = p_organization AND v.id = p_voice_call RETURNING v.revision, v.updated_at
    INTO revision, updated_at;
  ELSE
    SELECT v.revision, v.updated_at INTO revision, updated_at FROM voice_calls v
    WHERE v.organization_id = p_organization AND v.id = p_voice_call;
  END IF;
  is_left := false;
  IF p_is_sought THEN
    SELECT a.is_left INTO is_left FROM admit_waiting_events(p_organization, ARRAY[p_call], '{}', '{}', p_actor,
      ARRAY[p_call], p_max_bytes, p_max_depth) a;
  END IF;
  RETURN NEXT;
END $$;
