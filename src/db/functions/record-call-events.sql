-- Records events in the given order, each as if it came alone. p_events holds for each the columns of call_events, but for
-- the arrival and the group, and call (the id that it names), group_kind and group_key. If all name known calls, the calls
-- are locked by id. Otherwise the intake is held exclusively, so that the calls that events of groups and rules will be
-- applied to are known beforehand and can be locked by id too. Returns an outcome for each place: RECORDED; REPEATED or
-- OTHER for a known eventId, with the event that has it; UNKNOWN for an unknown call; AGAIN if the call was erased just
-- now. is_left, in each row, says that some of a group's calls are still to be done.
CREATE OR REPLACE FUNCTION record_call_events(
  p_organization uuid, p_events jsonb, p_actor text, p_max_bytes integer, p_max_depth integer
) RETURNS TABLE (place integer, outcome text, is_left boolean, event call_events)
LANGUAGE plpgsql VOLATILE SET search_path FROM CURRENT AS $$
#variable_conflict use_column
DECLARE
  deadline timestamptz := step_deadline();
  base bigint := next_patch_arrival();
  places integer[];
  ids uuid[];
  kinds text[];
  named uuid[];
  inserted uuid[];
  targets uuid[];
  gone uuid[] := '{}';
  found_rule uuid;
  candidates uuid[];
  has_more boolean := false;
  step_left boolean;
  each_event call_events;
BEGIN
  FOR attempt IN 1..2 LOOP
    SELECT array_agg(g.place ORDER BY g.place), array_agg(g.id ORDER BY g.place), array_agg(g.target ORDER BY g.place),
      array_agg(coalesce(c.joined_into, c.id) ORDER BY g.place)
    INTO places, ids, kinds, named
    FROM (
      SELECT (e.ordinal - 1)::integer AS place, (e.item ->> 'id')::uuid AS id, e.item ->> 'target' AS target,
        coalesce((e.item ->> 'call')::uuid, r.call_id) AS call_id
      FROM jsonb_array_elements(p_events) WITH ORDINALITY e(item, ordinal)
      LEFT JOIN call_references r ON r.organization_id = p_organization AND r.system = e.item ->> 'reference_system'
        AND r.name = e.item ->> 'reference_name' AND r.value = e.item ->> 'reference_value'
    ) g LEFT JOIN calls c ON c.organization_id = p_organization AND c.id = g.call_id;
    EXIT WHEN attempt = 2 OR NOT EXISTS (
      SELECT FROM unnest(kinds, named) n(kind, call_id) WHERE n.kind IN ('GROUP', 'RULES') OR n.call_id IS NULL
    );
    PERFORM pg_advisory_xact_lock(hashtextextended(p_organization || ' intake', 0));
  END LOOP;
  INSERT INTO call_groups (organization_id, id, kind, key)
  SELECT p_organization, new_uuid(), g.kind, g.key FROM (
    SELECT DISTINCT e ->> 'group_kind' AS kind, e ->> 'group_key' AS key FROM jsonb_array_elements(p_events) e
    WHERE e ->> 'target' = 'GROUP' ORDER BY 1, 2
  ) g ON CONFLICT DO NOTHING;
  WITH made AS (
    INSERT INTO call_events (organization_id, id, event_id, actor, actor_type, target, session_id, reference_system,
      reference_name, reference_value, group_id, event_time, arrival, metadata, match, created_at)
    SELECT p_organization, e.id, e.event_id, e.actor, e.actor_type, e.target, e.session_id, e.reference_system,
      e.reference_name, e.reference_value, g.id, e.event_time, base + e.place, e.metadata, 'PENDING', e.created_at
    FROM (
      SELECT i.*, (n.ordinal - 1)::integer AS place FROM jsonb_array_elements(p_events) WITH ORDINALITY n(item, ordinal)
      CROSS JOIN LATERAL jsonb_to_record(n.item) i (
        id uuid, event_id text, actor text, actor_type text, target text, session_id text, reference_system text,
        reference_name text, reference_value text, event_time timestamptz, metadata jsonb, created_at timestamptz,
        call uuid, group_kind text, group_key text
      )
    ) e
    JOIN unnest(places, named) known(place, call_id) ON known.place = e.place
    LEFT JOIN call_groups g ON g.organization_id = p_organization AND g.kind = e.group_kind AND g.key = e.group_key
    WHERE e.call IS NULL OR known.call_id IS NOT NULL
    ORDER BY e.event_id, e.place
    ON CONFLICT (organization_id, event_id) DO NOTHING
    RETURNING id
  )
  SELECT coalesce(array_agg(m.id), '{}') INTO inserted FROM made m;
  targets := array(
    SELECT n.call_id FROM unnest(ids, named) n(id, call_id) WHERE n.id = ANY (inserted) AND n.call_id IS NOT NULL
    UNION
    SELECT m.call_id FROM call_events e
    JOIN call_group_members m ON m.organization_id = e.organization_id AND m.group_id = e.group_id
    WHERE e.organization_id = p_organization AND e.id = ANY (inserted) AND e.target = 'GROUP'
    UNION
    SELECT m.candidates[1] FROM call_events e
    CROSS JOIN LATERAL find_match(p_organization, e.metadata, e.event_time) m
    WHERE e.organization_id = p_organization AND e.id = ANY (inserted) AND e.target = 'RULES'
      AND cardinality(m.candidates) = 1
  );
  PERFORM FROM calls c
  WHERE c.organization_id = p_organization AND c.id = ANY (targets) ORDER BY c.id FOR NO KEY UPDATE;
  FOR i IN 1..coalesce(cardinality(places), 0) LOOP
    CONTINUE WHEN NOT ids[i] = ANY (inserted);
    IF kinds[i] = 'GROUP' THEN
      IF clock_timestamp() > deadline THEN
        INSERT INTO event_admissions (organization_id, id, event_id, actor)
        VALUES (p_organization, new_uuid(), ids[i], p_actor);
        step_left := true;
      ELSE
        step_left := admit_group_event(p_organization, ids[i], p_actor, p_max_bytes, p_max_depth);
      END IF;
      has_more := has_more OR coalesce(step_left, false);
    ELSIF kinds[i] = 'RULES' THEN
      SELECT m.rule_id, m.candidates INTO found_rule, candidates FROM call_events e
      CROSS JOIN LATERAL find_match(p_organization, e.metadata, e.event_time) m
      WHERE e.organization_id = p_organization AND e.id = ids[i];
      IF cardinality(candidates) = 1 THEN
        PERFORM apply_call_events(p_organization, ARRAY[ids[i]], candidates, ARRAY[found_rule], p_actor, '{}', p_max_bytes,
          p_max_depth);
      ELSIF cardinality(candidates) > 1 THEN
        UPDATE call_events e SET match = 'AMBIGUOUS' WHERE e.organization_id = p_organization AND e.id = ids[i];
      ELSE
        PERFORM keep_waiting_values(p_organization, ids[i], NULL);
      END IF;
    ELSIF named[i] IS NOT NULL THEN
      IF EXISTS (SELECT FROM calls c WHERE c.organization_id = p_organization AND c.id = named[i]) THEN
        PERFORM apply_call_events(p_organization, ARRAY[ids[i]], ARRAY[named[i]], '{}', p_actor, '{}', p_max_bytes,
          p_max_depth);
      ELSE
        gone := gone || ids[i];
      END IF;
    END IF;
  END LOOP;
  DELETE FROM deliveries d WHERE d.organization_id = p_organization AND d.event_id = ANY (gone);
  DELETE FROM call_events e WHERE e.organization_id = p_organization AND e.id = ANY (gone);
  FOR i IN 1..coalesce(cardinality(places), 0) LOOP
    place := places[i];
    is_left := has_more;
    SELECT e.* INTO each_event FROM call_events e
    WHERE e.organization_id = p_organization AND (e.id = ids[i] OR e.event_id = p_events -> places[i] ->> 'event_id')
    ORDER BY e.id = ids[i] DESC LIMIT 1;
    event := each_event;
    outcome := CASE
      WHEN ids[i] = ANY (gone) THEN 'AGAIN'
      WHEN each_event.id IS NULL THEN 'UNKNOWN'
      WHEN each_event.id = ids[i] THEN 'RECORDED'
      WHEN is_same_event(each_event, p_events -> places[i]) THEN 'REPEATED'
      ELSE 'OTHER' END;
    RETURN NEXT;
  END LOOP;
END $$;
