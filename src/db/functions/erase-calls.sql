-- Erases calls with all that is theirs, and leaves one ERASED row in the log for each of their ids. Events stay that other
-- calls have too, and groups with other members. Their children lose their parent. Holds the intake exclusively, so no
-- write adds anything to the calls meanwhile but under their locks; FOR UPDATE keeps out foreign keys too. Writers that
-- waited for a call find none. The deletion of a call fails if a table that refers to calls is not handled here. Returns
-- the ids of the calls, without those of records that were joined into them.
CREATE OR REPLACE FUNCTION erase_calls(p_organization uuid, p_calls uuid[], p_actor text) RETURNS uuid[]
LANGUAGE plpgsql VOLATILE SET search_path FROM CURRENT AS $$
DECLARE
  present uuid[];
  records uuid[];
  children uuid[];
  events uuid[];
  groups uuid[];
  last_labels bigint[];
  revisions integer[];
  recorded timestamptz(3);
BEGIN
  PERFORM pg_advisory_xact_lock(hashtextextended(p_organization || ' intake', 0));
  present := array(
    SELECT DISTINCT coalesce(c.joined_into, c.id) FROM calls c
    WHERE c.organization_id = p_organization AND c.id = ANY (p_calls)
  );
  IF cardinality(present) = 0 THEN
    RETURN present;
  END IF;
  PERFORM FROM calls c
  WHERE c.organization_id = p_organization AND c.joined_into = ANY (present) ORDER BY c.id FOR UPDATE;
  records := present || array(
    SELECT c.id FROM calls c WHERE c.organization_id = p_organization AND c.joined_into = ANY (present)
  );
  children := array(
    SELECT c.id FROM calls c
    WHERE c.organization_id = p_organization AND c.parent_id = ANY (records) AND NOT c.id = ANY (records)
    UNION
    SELECT c.id FROM call_references r JOIN calls c ON c.organization_id = r.organization_id
      AND c.parent_system = r.system AND c.parent_name = r.name AND c.parent_value = r.value AND c.parent_value IS NOT NULL
    WHERE r.organization_id = p_organization AND r.call_id = ANY (records) AND NOT c.id = ANY (records)
  );
  PERFORM FROM calls c
  WHERE c.organization_id = p_organization AND c.id = ANY (present || children) ORDER BY c.id FOR UPDATE;
  recorded := clock_timestamp();
  -- What waited for a reference of theirs has its value in the log.
  UPDATE call_changes h SET
    old_values = h.old_values || CASE WHEN h.old_values #> '{parent,reference}' IS NULL THEN '{}'::jsonb ELSE '{"parent": null}' END,
    new_values = h.new_values || CASE WHEN h.new_values #> '{parent,reference}' IS NULL THEN '{}'::jsonb ELSE '{"parent": null}' END
  FROM call_references r
  WHERE r.organization_id = p_organization AND r.call_id = ANY (records)
    AND h.organization_id = p_organization AND h.call_id = ANY (children)
    AND r.value IN (h.old_values #>> '{parent,reference,value}', h.new_values #>> '{parent,reference,value}');
  WITH orphan AS (
    UPDATE calls c SET parent_id = NULL, parent_system = NULL, parent_name = NULL, parent_value = NULL,
      revision = c.revision + 1, change_label = next_change_label(c.change_label), updated_at = recorded
    FROM (SELECT o.id, o.parent_id FROM calls o WHERE o.organization_id = p_organization AND o.id = ANY (children)) old
    WHERE c.organization_id = p_organization AND c.id = old.id
    RETURNING c.id, c.revision, c.change_label, old.parent_id
  )
  INSERT INTO call_changes (organization_id, label, seq, id, call_id, kind, actor, revision, effective_at, old_values,
    new_values, recorded_at)
  SELECT p_organization, o.change_label, nextval('call_change_seq'), new_uuid(), o.id, 'UPDATED', p_actor, o.revision,
    recorded, jsonb_build_object('parent', CASE WHEN o.parent_id IS NOT NULL THEN jsonb_build_object('id', o.parent_id) END),
    '{"parent": null}'::jsonb, recorded
  FROM orphan o;
  events := array(
    SELECT e.id FROM call_events e
    WHERE e.organization_id = p_organization AND e.id IN (
      SELECT a.event_id FROM call_event_calls a WHERE a.organization_id = p_organization AND a.call_id = ANY (records)
      UNION
      SELECT a.event_id FROM call_event_refusals a WHERE a.organization_id = p_organization AND a.call_id = ANY (records)
      UNION
      SELECT h.event_id FROM call_changes h
      WHERE h.organization_id = p_organization AND h.call_id = ANY (records) AND h.event_id IS NOT NULL
      UNION
      SELECT w.id FROM call_references r JOIN call_events w ON w.organization_id = r.organization_id
        AND w.match = 'PENDING' AND w.reference_value IS NOT NULL AND w.reference_system = r.system
        AND w.reference_name = r.name AND w.reference_value = r.value
      WHERE r.organization_id = p_organization AND r.call_id = ANY (records)
    ) AND NOT EXISTS (
      SELECT FROM call_event_calls a
      WHERE a.organization_id = p_organization AND a.event_id = e.id AND NOT a.call_id = ANY (records)
    ) AND NOT EXISTS (
      SELECT FROM call_group_members m
      WHERE m.organization_id = p_organization AND m.group_id = e.group_id AND NOT m.call_id = ANY (records)
    )
  );
  groups := array(
    SELECT m.group_id FROM call_group_members m WHERE m.organization_id = p_organization AND m.call_id = ANY (records)
    UNION
    SELECT g.id FROM call_changes h
    CROSS JOIN LATERAL jsonb_path_query(jsonb_build_array(h.old_values, h.new_values), '$[*].groups[*]') named
    JOIN call_groups g ON g.organization_id = h.organization_id AND g.kind = named ->> 'kind' AND g.key = named ->> 'key'
    WHERE h.organization_id = p_organization AND h.call_id = ANY (records)
      AND (h.old_values ? 'groups' OR h.new_values ? 'groups')
    UNION
    SELECT g.id FROM call_checkpoints k CROSS JOIN LATERAL jsonb_array_elements(k.left_groups) named
    JOIN call_groups g ON g.organization_id = k.organization_id AND g.kind = named ->> 'kind' AND g.key = named ->> 'key'
    WHERE k.organization_id = p_organization AND k.call_id = ANY (records)
  );
  SELECT array_agg(c.id), array_agg(c.change_label), array_agg(c.revision) INTO records, last_labels, revisions
  FROM calls c WHERE c.organization_id = p_organization AND c.id = ANY (records);
  -- An event that other calls have is still to be sent: for one of them.
  UPDATE deliveries d SET call_id = o.call_id, lane = coalesce(o.call_id, d.event_id), position = DEFAULT, change_id = NULL,
    last_error = NULL, is_held = false, updated_at = recorded
  FROM (
    SELECT u.id, (
      SELECT a.call_id FROM call_event_calls a
      WHERE a.organization_id = p_organization AND a.event_id = u.event_id AND NOT a.call_id = ANY (records)
      ORDER BY a.call_id LIMIT 1
    ) AS call_id
    FROM deliveries u
    WHERE u.organization_id = p_organization AND u.call_id = ANY (records) AND u.kind = 'EVENT'
      AND NOT u.event_id = ANY (events) AND u.state IN ('PENDING', 'RETRYING', 'INCOMPLETE', 'DEAD')
  ) o
  WHERE d.organization_id = p_organization AND d.id = o.id;
  DELETE FROM deliveries d WHERE d.organization_id = p_organization AND d.call_id = ANY (records);
  DELETE FROM inbound_messages m WHERE m.organization_id = p_organization AND m.call_id = ANY (records);
  DELETE FROM idempotency_keys k WHERE k.organization_id = p_organization AND k.call_id = ANY (records);
  DELETE FROM call_flow_commands o USING call_flows f
  WHERE f.organization_id = p_organization AND f.call_id = ANY (records)
    AND o.organization_id = p_organization AND o.flow_id = f.id;
  DELETE FROM call_flows f WHERE f.organization_id = p_organization AND f.call_id = ANY (records);
  DELETE FROM voice_calls v WHERE v.organization_id = p_organization AND v.call_id = ANY (records);
  DELETE FROM call_recordings r WHERE r.organization_id = p_organization AND r.call_id = ANY (records);
  DELETE FROM call_transcripts t WHERE t.organization_id = p_organization AND t.call_id = ANY (records);
  DELETE FROM event_admissions a WHERE a.organization_id = p_organization AND a.call_id = ANY (records);
  DELETE FROM call_event_calls a WHERE a.organization_id = p_organization AND a.call_id = ANY (records);
  DELETE FROM call_event_refusals a WHERE a.organization_id = p_organization AND a.call_id = ANY (records);
  PERFORM erase_events(p_organization, events);
  DELETE FROM call_group_members m WHERE m.organization_id = p_organization AND m.call_id = ANY (records);
  DELETE FROM call_groups g WHERE g.organization_id = p_organization AND g.id = ANY (groups)
    AND NOT EXISTS (
      SELECT FROM call_group_members m WHERE m.organization_id = p_organization AND m.group_id = g.id
    ) AND NOT EXISTS (SELECT FROM call_events e WHERE e.organization_id = p_organization AND e.group_id = g.id)
    AND NOT EXISTS (SELECT FROM event_admissions a WHERE a.organization_id = p_organization AND a.group_id = g.id);
  -- An import names the record that it has come to. One that goes on asks for those of that page anew.
  UPDATE call_imports i SET asked_after = NULL, last_error = NULL,
    cursor = CASE WHEN i.finished_at IS NULL THEN i.cursor END
  WHERE i.organization_id = p_organization AND EXISTS (
    SELECT FROM call_references r
    JOIN vendor_accounts o ON o.organization_id = r.organization_id AND o.id = i.account_id AND o.system = r.system
    WHERE r.organization_id = p_organization AND r.call_id = ANY (records)
      AND position(r.value IN CASE o.system WHEN 'BIRD' THEN bird_id(concat_ws(' ', i.asked_after, i.last_error, i.cursor))
        ELSE concat_ws(' ', i.asked_after, i.last_error, i.cursor) END) > 0
  );
  DELETE FROM call_references r WHERE r.organization_id = p_organization AND r.call_id = ANY (records);
  DELETE FROM checkpoint_patches c WHERE c.organization_id = p_organization AND c.call_id = ANY (records);
  DELETE FROM call_checkpoints k WHERE k.organization_id = p_organization AND k.call_id = ANY (records);
  WITH erased AS (
    DELETE FROM call_changes h WHERE h.organization_id = p_organization AND h.call_id = ANY (records)
    RETURNING h.label, h.seq
  )
  INSERT INTO erased_changes (organization_id, label, seq) SELECT p_organization, e.label, e.seq FROM erased e;
  DELETE FROM calls c WHERE c.organization_id = p_organization AND c.id = ANY (records);
  INSERT INTO call_changes (organization_id, label, seq, id, call_id, kind, actor, revision, effective_at, old_values,
    new_values, recorded_at)
  SELECT p_organization, next_change_label(e.label), nextval('call_change_seq'), new_uuid(), e.id, 'ERASED', p_actor,
    e.revision + 1, recorded, '{}', '{}', recorded
  FROM unnest(records, last_labels, revisions) e(id, label, revision);
  RETURN present;
END $$;
