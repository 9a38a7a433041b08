-- Applies new events to a locked call in one fold: the call's row is written once, and the log gets one row per event
-- with what that event changed (no revision if it changed nothing). Looks only at the events' own top-level keys,
-- because the top-level keys of a merge patch do not depend on each other. Refuses an event that would make the
-- metadata too deep, or larger than before and than its limit. Applies at least one event, then stops at the deadline
-- or when the log rows use too much memory. p_is_raised says that this mutation has already raised the call's revision.
CREATE OR REPLACE FUNCTION apply_events_to_call(
  p_organization uuid, p_call uuid, p_events uuid[], p_actor text, p_is_raised boolean, p_max_bytes integer,
  p_max_depth integer, p_deadline timestamptz, OUT is_changed boolean, OUT is_left boolean
)
LANGUAGE plpgsql VOLATILE SET search_path FROM CURRENT AS $$
DECLARE
  most_memory CONSTANT bigint := 33554432;
  stored record;
  event record;
  keys text[];
  records uuid[];
  -- The ledger's later patches of these keys, in order, and how many of them lie before the present event.
  later jsonb[] := '{}';
  later_at timestamptz[];
  later_arrival bigint[];
  passed integer := 0;
  -- All keys of `later`.
  touched jsonb := '{}';
  -- The fold up to the present event, and the fold of everything; next_… include the present event.
  earlier jsonb;
  present jsonb;
  next_earlier jsonb;
  next_present jsonb;
  old_members jsonb;
  new_members jsonb;
  -- An upper bound of the metadata's bytes; `size` is exact, and only measured when the bound exceeds the limit.
  bound bigint;
  size bigint;
  next_size bigint;
  applied uuid[] := '{}';
  patches jsonb[] := '{}';
  old_values jsonb[] := '{}';
  new_values jsonb[] := '{}';
  refused uuid[] := '{}';
  memory bigint := 0;
  recorded timestamptz(3) := clock_timestamp();
  at_label bigint;
BEGIN
  is_changed := false;
  SELECT c.revision, c.metadata, c.metadata_at, c.metadata_arrival, c.change_label, c.updated_at INTO stored
  FROM calls c WHERE c.organization_id = p_organization AND c.id = p_call;
  keys := array(
    SELECT DISTINCT jsonb_object_keys(e.metadata) FROM call_events e
    WHERE e.organization_id = p_organization AND e.id = ANY (p_events)
  );
  SELECT coalesce(jsonb_object_agg(k.key, stored.metadata -> k.key), '{}') INTO present
  FROM unnest(keys) k(key) WHERE stored.metadata ? k.key;
  bound := octet_length(stored.metadata::text);
  FOR event IN
    SELECT e.id, e.event_time AS at, e.arrival, e.metadata AS patch, array(SELECT jsonb_object_keys(e.metadata)) AS keys,
      octet_length(e.metadata::text) AS bytes, metadata_too_deep(e.metadata, p_max_depth) AS is_deep
    FROM call_events e WHERE e.organization_id = p_organization AND e.id = ANY (p_events)
    ORDER BY e.event_time, e.arrival
  LOOP
    is_left := cardinality(applied) + cardinality(refused) > 0
      AND (memory > most_memory OR clock_timestamp() > p_deadline);
    EXIT WHEN is_left;
    IF earlier IS NULL THEN
      earlier := present;
      IF (event.at, event.arrival) < (stored.metadata_at, stored.metadata_arrival) THEN
        records := array(
          SELECT c.id FROM calls c
          WHERE c.organization_id = p_organization AND (c.id = p_call OR c.joined_into = p_call)
        );
        SELECT coalesce(metadata_fold(h.patch ORDER BY h.effective_at, h.arrival) FILTER (WHERE NOT h.is_later), '{}'),
          coalesce(array_agg(h.patch ORDER BY h.effective_at, h.arrival) FILTER (WHERE h.is_later), '{}'),
          array_agg(h.effective_at ORDER BY h.effective_at, h.arrival) FILTER (WHERE h.is_later),
          array_agg(h.arrival ORDER BY h.effective_at, h.arrival) FILTER (WHERE h.is_later)
        INTO earlier, later, later_at, later_arrival
        FROM (
          SELECT l.effective_at, l.arrival, (l.effective_at, l.arrival) > (event.at, event.arrival) AS is_later, (
            SELECT jsonb_object_agg(m.key, m.value) FROM jsonb_each(l.patch) m WHERE m.key = ANY (keys)
          ) AS patch
          FROM call_ledger(p_organization, records) l WHERE l.patch ?| keys
        ) h;
        SELECT coalesce(jsonb_object_agg(m.key, true), '{}') INTO touched
        FROM unnest(later) l(patch) CROSS JOIN jsonb_object_keys(l.patch) m(key);
      END IF;
    END IF;
    WHILE passed < cardinality(later)
      AND (later_at[passed + 1], later_arrival[passed + 1]) < (event.at, event.arrival)
    LOOP
      passed := passed + 1;
      earlier := merge_patch(earlier, later[passed]);
    END LOOP;
    next_earlier := merge_patch(earlier, event.patch);
    IF passed = cardinality(later) THEN
      next_present := next_earlier;
    ELSIF NOT touched ?| event.keys THEN
      next_present := merge_patch(present, event.patch);
    ELSE
      SELECT metadata_fold(l.patch ORDER BY l.place) INTO next_present FROM (
        SELECT jsonb_object_agg(k.key, next_earlier -> k.key) AS patch, 0 AS place
        FROM unnest(event.keys) k(key) WHERE next_earlier ? k.key
        HAVING count(*) > 0
        UNION ALL
        SELECT l.patch, l.place FROM unnest(later) WITH ORDINALITY l(patch, place)
        WHERE l.place > passed AND l.patch ?| event.keys
      ) l;
      SELECT (present - event.keys) || coalesce(jsonb_object_agg(k.key, next_present -> k.key), '{}') INTO next_present
      FROM unnest(event.keys) k(key) WHERE next_present ? k.key;
    END IF;
    SELECT coalesce(jsonb_object_agg(k.key, present -> k.key) FILTER (WHERE present ? k.key), '{}'),
      coalesce(jsonb_object_agg(k.key, next_present -> k.key) FILTER (WHERE next_present ? k.key), '{}')
    INTO old_members, new_members
    FROM unnest(event.keys) k(key) WHERE present -> k.key IS DISTINCT FROM next_present -> k.key;
    bound := bound + event.bytes;
    IF bound > p_max_bytes THEN
      size := coalesce(size, members_bytes((stored.metadata - keys) || present));
      next_size := size + members_bytes(new_members) - members_bytes(old_members);
    END IF;
    IF next_size > greatest(p_max_bytes - 1, size) OR event.is_deep AND metadata_too_deep(new_members, p_max_depth) THEN
      refused := array_append(refused, event.id);
      CONTINUE;
    END IF;
    earlier := next_earlier;
    present := next_present;
    size := next_size;
    applied := array_append(applied, event.id);
    patches := array_append(patches, event.patch);
    old_values := array_append(old_values, old_members);
    new_values := array_append(new_values, new_members);
    memory := memory + pg_column_size(old_members) + pg_column_size(new_members) + pg_column_size(event.patch);
    is_changed := is_changed OR old_members <> new_members;
  END LOOP;
  is_left := coalesce(is_left, false);
  INSERT INTO call_event_refusals (organization_id, event_id, call_id)
  SELECT p_organization, id, p_call FROM unnest(refused) id;
  IF cardinality(applied) = 0 THEN
    RETURN;
  END IF;
  INSERT INTO call_event_calls (organization_id, event_id, call_id)
  SELECT p_organization, id, p_call FROM unnest(applied) id;
  at_label := next_change_label(stored.change_label);
  INSERT INTO call_changes (organization_id, label, seq, id, call_id, kind, actor, revision, patch, event_id,
    effective_at, arrival, old_values, new_values, recorded_at)
  SELECT p_organization, at_label, nextval('call_change_seq'), new_uuid(), p_call, 'EVENT_APPLIED', p_actor,
    CASE WHEN a.old_members <> a.new_members THEN stored.revision + (NOT p_is_raised)::int END, a.patch, a.id,
    a.event_time, a.arrival,
    CASE WHEN a.old_members <> a.new_members THEN jsonb_build_object('metadata', a.old_members) ELSE '{}' END,
    CASE WHEN a.old_members <> a.new_members THEN jsonb_build_object('metadata', a.new_members) ELSE '{}' END, recorded
  FROM (
    SELECT a.*, e.event_time, e.arrival
    FROM unnest(applied, patches, old_values, new_values) WITH ORDINALITY a(id, patch, old_members, new_members, place)
    JOIN call_events e ON e.organization_id = p_organization AND e.id = a.id ORDER BY a.place OFFSET 0
  ) a;
  UPDATE calls c SET change_label = at_label,
    metadata = CASE WHEN is_changed THEN (stored.metadata - keys) || present ELSE stored.metadata END,
    metadata_at = CASE WHEN newest.is_new THEN newest.event_time ELSE stored.metadata_at END,
    metadata_arrival = CASE WHEN newest.is_new THEN newest.arrival ELSE stored.metadata_arrival END,
    revision = stored.revision + (is_changed AND NOT p_is_raised)::int,
    updated_at = CASE WHEN is_changed THEN recorded ELSE stored.updated_at END
  FROM (
    SELECT e.event_time, e.arrival,
      ((e.event_time, e.arrival) > (stored.metadata_at, stored.metadata_arrival)) IS NOT FALSE AS is_new
    FROM call_events e WHERE e.organization_id = p_organization AND e.id = applied[cardinality(applied)]
  ) newest
  WHERE c.organization_id = p_organization AND c.id = p_call;
END $$;
