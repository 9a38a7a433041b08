CREATE TABLE "due_events" (
	"organization_id" uuid NOT NULL,
	"call_id" uuid NOT NULL,
	"event_id" uuid NOT NULL,
	CONSTRAINT "due_events_organization_id_call_id_event_id_pk" PRIMARY KEY("organization_id","call_id","event_id")
);
--> statement-breakpoint
ALTER TABLE "due_events" ADD CONSTRAINT "due_events_organization_id_call_id_calls_organization_id_id_fk" FOREIGN KEY ("organization_id","call_id") REFERENCES "public"."calls"("organization_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "due_events" ADD CONSTRAINT "due_events_organization_id_event_id_call_events_organization_id_id_fk" FOREIGN KEY ("organization_id","event_id") REFERENCES "public"."call_events"("organization_id","id") ON DELETE no action ON UPDATE no action;
--> statement-breakpoint
DROP FUNCTION apply_call_events(uuid, uuid[], uuid[], text, uuid[]);
--> statement-breakpoint
DROP FUNCTION settle_by_rules(uuid, uuid[], text, uuid[]);
--> statement-breakpoint
DROP FUNCTION admit_waiting_events(uuid, uuid[], uuid[], uuid[], text, uuid[]);
--> statement-breakpoint
DROP FUNCTION try_match_rule(uuid, uuid, text);
--> statement-breakpoint
DROP FUNCTION record_named_event(uuid, jsonb, uuid, uuid, text);
--> statement-breakpoint
-- Whether a patch is refused for size: what it makes of the metadata is too large, and larger than before. The members
-- that did not change are not measured.
CREATE FUNCTION metadata_overgrown(before jsonb, after jsonb, max_bytes integer) RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path FROM CURRENT
RETURN metadata_too_large(after, max_bytes)
  AND json_bytes(changed_members(after, before)) > json_bytes(changed_members(before, after));
--> statement-breakpoint
-- Applies several events to one locked call in the order of their times: the metadata is folded in memory, the log gets
-- its rows at once, and the call is written once. A late event is judged as late_patch would: the ledger's patches that
-- touch a key of any late one are read once. An event that would take the metadata past the limit does not count. Answers
-- with the events that were left because the time was up; one at least is done.
CREATE FUNCTION fold_call_events(
  p_organization uuid, p_call uuid, p_events uuid[], p_actor text, p_is_raised boolean, p_max_bytes integer,
  p_until timestamptz, OUT is_changed boolean, OUT left_events uuid[]
)
LANGUAGE plpgsql VOLATILE SET search_path FROM CURRENT AS $$
DECLARE
  stored record;
  event record;
  -- Stored values are copied with || before they are read many times: one that Postgres has compressed would be expanded
  -- each time.
  present jsonb;
  merged jsonb;
  newest_at timestamptz(3);
  newest_arrival bigint;
  bytes bigint;
  size bigint;
  keys text[];
  was jsonb;
  became jsonb;
  done integer := 0;
  accepted uuid[] := '{}';
  effective boolean[] := '{}';
  olds jsonb[] := '{}';
  news jsonb[] := '{}';
  -- The ledger in its order, the places of the last patch that touches each key, and what it comes to up to `place`.
  patches jsonb[];
  times timestamptz[];
  arrivals bigint[];
  last_touch jsonb;
  place integer := 0;
  before jsonb := '{}';
  after jsonb;
  recorded timestamptz(3) := clock_timestamp();
BEGIN
  SELECT c.revision, c.metadata || '{}' AS metadata, c.metadata_at, c.metadata_arrival, c.change_label INTO stored
  FROM calls c WHERE c.organization_id = p_organization AND c.id = p_call;
  present := stored.metadata;
  newest_at := stored.metadata_at;
  newest_arrival := stored.metadata_arrival;
  is_changed := false;
  left_events := '{}';
  FOR event IN
    SELECT e.id, e.event_time AS at, e.arrival, e.metadata || '{}' AS patch FROM call_events e
    WHERE e.organization_id = p_organization AND e.id = ANY (p_events) ORDER BY e.event_time, e.arrival
  LOOP
    IF done > 0 AND clock_timestamp() > p_until THEN
      left_events := left_events || event.id;
      CONTINUE;
    END IF;
    done := done + 1;
    after := NULL;
    IF (event.at, event.arrival) < (newest_at, newest_arrival) THEN
      IF patches IS NULL THEN
        keys := array(
          SELECT DISTINCT k FROM call_events e CROSS JOIN jsonb_object_keys(e.metadata) k
          WHERE e.organization_id = p_organization AND e.id = ANY (p_events)
            AND (e.event_time, e.arrival) < (newest_at, newest_arrival)
        );
        SELECT coalesce(array_agg(h.patch || '{}' ORDER BY h.effective_at, h.arrival), '{}'),
          array_agg(h.effective_at ORDER BY h.effective_at, h.arrival),
          array_agg(h.arrival ORDER BY h.effective_at, h.arrival)
        INTO patches, times, arrivals
        FROM calls c JOIN call_changes h ON h.organization_id = c.organization_id AND h.call_id = c.id
        WHERE c.organization_id = p_organization AND (c.id = p_call OR c.joined_into = p_call)
          AND h.patch IS NOT NULL AND h.patch ?| keys;
        SELECT coalesce(jsonb_object_agg(touched.k, touched.place), '{}') INTO last_touch FROM (
          SELECT k, max(p.place) AS place FROM unnest(patches) WITH ORDINALITY p(patch, place)
          CROSS JOIN jsonb_object_keys(p.patch) k GROUP BY k
        ) touched;
      END IF;
      keys := array(SELECT jsonb_object_keys(event.patch));
      WHILE place < cardinality(patches) AND (times[place + 1], arrivals[place + 1]) < (event.at, event.arrival) LOOP
        place := place + 1;
        before := merge_patch(before, patches[place]);
      END LOOP;
      after := merge_patch(before, event.patch);
      IF EXISTS (SELECT FROM unnest(keys) k WHERE (last_touch ->> k)::integer > place) THEN
        merged := (SELECT coalesce(jsonb_object_agg(k, after -> k), '{}') FROM unnest(keys) k WHERE after ? k);
        FOR later IN place + 1..cardinality(patches) LOOP
          IF patches[later] ?| keys THEN
            merged := merge_patch(merged, patches[later]);
          END IF;
        END LOOP;
        merged := (present - keys)
          || (SELECT coalesce(jsonb_object_agg(k, merged -> k), '{}') FROM unnest(keys) k WHERE merged ? k);
      ELSE
        merged := merge_patch(present, event.patch);
      END IF;
    ELSE
      merged := merge_patch(present, event.patch);
    END IF;
    -- Of a merge patch no other top-level keys can change than its own.
    SELECT coalesce(jsonb_object_agg(k, present -> k) FILTER (WHERE present ? k), '{}'),
      coalesce(jsonb_object_agg(k, merged -> k) FILTER (WHERE merged ? k), '{}')
    INTO was, became
    FROM jsonb_object_keys(event.patch) k WHERE present -> k IS DISTINCT FROM merged -> k;
    IF bytes IS NOT NULL OR pg_column_size(merged) * 6 > p_max_bytes THEN
      bytes := coalesce(bytes, json_bytes(present));
      size := CASE WHEN present = '{}' OR merged = '{}' THEN json_bytes(merged)
        ELSE bytes + json_bytes(became) - json_bytes(was) + (became <> '{}')::integer - (was <> '{}')::integer END;
      CONTINUE WHEN size > p_max_bytes AND size > bytes;
      bytes := size;
    END IF;
    accepted := accepted || event.id;
    effective := effective || (was <> became);
    olds := olds || CASE WHEN was <> became THEN jsonb_build_object('metadata', was) ELSE '{}' END;
    news := news || CASE WHEN was <> became THEN jsonb_build_object('metadata', became) ELSE '{}' END;
    is_changed := is_changed OR was <> became;
    present := merged;
    IF after IS NULL THEN
      newest_at := event.at;
      newest_arrival := event.arrival;
    ELSE
      before := after;
    END IF;
  END LOOP;
  IF cardinality(accepted) = 0 THEN
    RETURN;
  END IF;
  stored.revision := stored.revision + (is_changed AND NOT p_is_raised)::integer;
  stored.change_label := next_change_label(stored.change_label);
  INSERT INTO call_event_calls (organization_id, event_id, call_id)
  SELECT p_organization, event_id, p_call FROM unnest(accepted) event_id;
  INSERT INTO call_changes (organization_id, label, seq, id, call_id, kind, actor, revision, patch, event_id,
    effective_at, arrival, old_values, new_values, recorded_at)
  SELECT p_organization, stored.change_label, nextval('call_change_seq'), new_uuid(), p_call, 'EVENT_APPLIED', p_actor,
    CASE WHEN l.effective THEN stored.revision END, l.metadata, l.id, l.event_time, l.arrival, l.old_values,
    l.new_values, recorded
  FROM (
    SELECT l.*, e.metadata, e.event_time, e.arrival
    FROM unnest(accepted, effective, olds, news) WITH ORDINALITY l(id, effective, old_values, new_values, place)
    JOIN call_events e ON e.organization_id = p_organization AND e.id = l.id ORDER BY l.place OFFSET 0
  ) l;
  UPDATE calls c SET metadata = present, change_label = stored.change_label, metadata_at = newest_at,
    metadata_arrival = newest_arrival, revision = stored.revision,
    updated_at = CASE WHEN is_changed THEN recorded ELSE c.updated_at END
  WHERE c.organization_id = p_organization AND c.id = p_call;
END $$;
--> statement-breakpoint
-- Applies events to calls, by pairs, each pair once whatever is asked. Locks the calls first, then reads: one statement
-- would fold the ledger as it was before it had to wait. Calls with one event each are changed by one statement, and a
-- call with several by one fold. p_raised names the calls whose revision this mutation has raised already. Answers with
-- the calls that changed, and the events that are left for a next step because this one has taken long enough. An event
-- is MATCHED if it counts for any call, and TOO_LARGE if it is refused for its size by all.
CREATE FUNCTION apply_call_events(
  p_organization uuid, p_events uuid[], p_calls uuid[], p_actor text, p_raised uuid[], p_max_bytes integer,
  OUT changed uuid[], OUT left_events uuid[]
)
LANGUAGE plpgsql VOLATILE SET search_path FROM CURRENT AS $$
DECLARE
  targets uuid[];
  target record;
  folded record;
  single_events uuid[];
  single_calls uuid[];
  left_calls uuid[] := '{}';
  recorded timestamptz(3);
  until timestamptz := clock_timestamp() + interval '2 s';
BEGIN
  changed := '{}';
  left_events := '{}';
  LOOP
    targets := array(
      SELECT coalesce(c.joined_into, c.id) FROM unnest(p_calls) WITH ORDINALITY given(id, place)
      JOIN calls c ON c.organization_id = p_organization AND c.id = given.id ORDER BY given.place
    );
    PERFORM FROM calls c WHERE c.organization_id = p_organization AND c.id = ANY (targets)
    ORDER BY c.id FOR NO KEY UPDATE;
    EXIT WHEN NOT EXISTS (
      SELECT FROM calls c
      WHERE c.organization_id = p_organization AND c.id = ANY (targets) AND c.joined_into IS NOT NULL
    );
  END LOOP;
  recorded := clock_timestamp();
  FOR target IN
    SELECT pair.call_id, array_agg(pair.event_id) AS events
    FROM (SELECT DISTINCT p.event_id, p.call_id FROM unnest(p_events, targets) p(event_id, call_id)) pair
    JOIN call_events e ON e.organization_id = p_organization AND e.id = pair.event_id
      AND (e.match <> 'TOO_LARGE' OR e.group_id IS NOT NULL)
    WHERE NOT EXISTS (
      SELECT FROM call_event_calls a
      WHERE a.organization_id = p_organization AND a.event_id = pair.event_id AND a.call_id = pair.call_id
    )
    GROUP BY pair.call_id ORDER BY pair.call_id
  LOOP
    IF cardinality(target.events) = 1 THEN
      single_events := single_events || target.events;
      single_calls := single_calls || target.call_id;
    ELSE
      IF clock_timestamp() > until THEN
        left_events := left_events || target.events;
        left_calls := left_calls || array_fill(target.call_id, array[cardinality(target.events)]);
        CONTINUE;
      END IF;
      SELECT f.* INTO folded FROM fold_call_events(p_organization, target.call_id, target.events, p_actor,
        target.call_id = ANY (p_raised), p_max_bytes, until) f;
      IF folded.is_changed THEN
        changed := changed || target.call_id;
      END IF;
      IF cardinality(folded.left_events) > 0 THEN
        left_events := left_events || folded.left_events;
        left_calls := left_calls || array_fill(target.call_id, array[cardinality(folded.left_events)]);
      END IF;
    END IF;
  END LOOP;
  WITH target AS MATERIALIZED (
    SELECT *, NOT (pg_column_size(t.merged) * 6 > p_max_bytes AND metadata_overgrown(t.metadata, t.merged, p_max_bytes))
      AS is_accepted, t.merged <> t.metadata AS is_effective
    FROM (
      SELECT c.id, c.revision + (NOT c.id = ANY (p_raised))::int AS revision, c.metadata,
        next_change_label(c.change_label) AS label, e.id AS event_id, e.event_time, e.arrival, e.metadata AS patch,
        CASE WHEN ((e.event_time, e.arrival) > (c.metadata_at, c.metadata_arrival)) IS NOT FALSE
          THEN merge_patch(c.metadata, e.metadata)
          ELSE late_patch(p_organization, c.id, c.metadata, e.metadata, e.event_time, e.arrival)
        END AS merged,
        ((e.event_time, e.arrival) > (c.metadata_at, c.metadata_arrival)) IS NOT FALSE AS newest
      FROM unnest(single_events, single_calls) pair(event_id, call_id)
      JOIN call_events e ON e.organization_id = p_organization AND e.id = pair.event_id
      JOIN calls c ON c.organization_id = p_organization AND c.id = pair.call_id
      OFFSET 0
    ) t
  ), applied AS (
    INSERT INTO call_event_calls (organization_id, event_id, call_id)
    SELECT p_organization, t.event_id, t.id FROM target t WHERE t.is_accepted
  ), logged AS (
    INSERT INTO call_changes (organization_id, label, seq, id, call_id, kind, actor, revision, patch, event_id,
      effective_at, arrival, old_values, new_values, recorded_at)
    SELECT p_organization, t.label, nextval('call_change_seq'), new_uuid(), t.id, 'EVENT_APPLIED', p_actor,
      CASE WHEN t.is_effective THEN t.revision END, t.patch, t.event_id, t.event_time, t.arrival,
      CASE WHEN t.is_effective
        THEN jsonb_build_object('metadata', changed_members(t.metadata, t.merged)) ELSE '{}' END,
      CASE WHEN t.is_effective
        THEN jsonb_build_object('metadata', changed_members(t.merged, t.metadata)) ELSE '{}' END,
      recorded
    FROM target t WHERE t.is_accepted
  ), saved AS (
    UPDATE calls c SET metadata = t.merged, change_label = t.label,
      metadata_at = CASE WHEN t.newest THEN t.event_time ELSE c.metadata_at END,
      metadata_arrival = CASE WHEN t.newest THEN t.arrival ELSE c.metadata_arrival END,
      revision = CASE WHEN t.is_effective THEN t.revision ELSE c.revision END,
      updated_at = CASE WHEN t.is_effective THEN recorded ELSE c.updated_at END
    FROM target t WHERE t.is_accepted AND c.organization_id = p_organization AND c.id = t.id
    RETURNING c.id, t.is_effective
  )
  SELECT changed || coalesce(array_agg(id) FILTER (WHERE is_effective), '{}') INTO changed FROM saved;
  UPDATE call_events e SET match = settled.match
  FROM (
    SELECT done.id, CASE WHEN EXISTS (
      SELECT FROM call_event_calls a WHERE a.organization_id = p_organization AND a.event_id = done.id
    ) THEN 'MATCHED' ELSE 'TOO_LARGE' END AS match
    FROM (SELECT DISTINCT unnest(p_events) AS id) done WHERE NOT done.id = ANY (left_events)
  ) settled
  WHERE e.organization_id = p_organization AND e.id = settled.id AND e.match <> settled.match;
  DELETE FROM waiting_values v
  WHERE v.organization_id = p_organization AND v.event_id = ANY (p_events) AND NOT v.event_id = ANY (left_events);
  DELETE FROM due_events d USING (
    SELECT pair.* FROM unnest(p_events, targets) pair(event_id, call_id)
    EXCEPT SELECT l.* FROM unnest(left_events, left_calls) l(event_id, call_id)
  ) done
  WHERE d.organization_id = p_organization AND d.call_id = done.call_id AND d.event_id = done.event_id;
END $$;
--> statement-breakpoint
-- Decides for waiting events that name no call, as if each came now, and applies those that are matched. Locks them
-- first: two calls that come at once may both find one. Answers with the calls that changed, and whether an event is left
-- for a next step.
CREATE FUNCTION settle_by_rules(
  p_organization uuid, p_events uuid[], p_actor text, p_raised uuid[], p_max_bytes integer,
  OUT changed uuid[], OUT is_left boolean
)
LANGUAGE plpgsql VOLATILE SET search_path FROM CURRENT AS $$
DECLARE
  waiting uuid[];
  events uuid[];
  rules uuid[];
  targets uuid[];
  ambiguous uuid[];
  applied record;
BEGIN
  waiting := array(
    SELECT e.id FROM call_events e
    WHERE e.organization_id = p_organization AND e.id = ANY (p_events) AND e.match = 'PENDING'
    ORDER BY e.id FOR NO KEY UPDATE
  );
  SELECT array_agg(e.id) FILTER (WHERE cardinality(m.candidates) = 1),
    array_agg(m.rule_id) FILTER (WHERE cardinality(m.candidates) = 1),
    array_agg(m.candidates[1]) FILTER (WHERE cardinality(m.candidates) = 1),
    array_agg(e.id) FILTER (WHERE cardinality(m.candidates) > 1)
  INTO events, rules, targets, ambiguous
  FROM call_events e CROSS JOIN LATERAL find_match(p_organization, e.metadata, e.event_time) m
  WHERE e.organization_id = p_organization AND e.id = ANY (waiting) AND m.rule_id IS NOT NULL;
  UPDATE call_events e SET match = 'AMBIGUOUS' WHERE e.organization_id = p_organization AND e.id = ANY (ambiguous);
  DELETE FROM waiting_values v WHERE v.organization_id = p_organization AND v.event_id = ANY (ambiguous);
  changed := '{}';
  is_left := false;
  IF events IS NULL THEN
    RETURN;
  END IF;
  SELECT a.* INTO applied FROM apply_call_events(p_organization, events, targets, p_actor, p_raised, p_max_bytes) a;
  UPDATE call_events e SET matched_by = found.rule_id
  FROM unnest(events, rules) found(event_id, rule_id)
  WHERE e.organization_id = p_organization AND e.id = found.event_id AND NOT e.id = ANY (applied.left_events);
  changed := applied.changed;
  is_left := cardinality(applied.left_events) > 0;
END $$;
--> statement-breakpoint
-- Lets in what waits for calls that were just written: events that named one of their references, events of the groups
-- that they have joined (pairs of p_joined_calls and p_joined_groups), and events that a rule finds. Takes 500 of them at
-- most, the oldest first, so that no transaction becomes long; what is left waits on, by the same names and in due_events,
-- for the next step or whoever writes the calls next. Answers with the calls that changed, and whether anything is left.
CREATE FUNCTION admit_waiting_events(
  p_organization uuid, p_calls uuid[], p_joined_calls uuid[], p_joined_groups uuid[], p_actor text, p_raised uuid[],
  p_max_bytes integer, OUT changed uuid[], OUT is_left boolean
)
LANGUAGE plpgsql VOLATILE SET search_path FROM CURRENT AS $$
DECLARE
  most constant integer := 500;
  events uuid[];
  targets uuid[];
  applied record;
BEGIN
  changed := '{}';
  is_left := false;
  IF cardinality(p_joined_calls) > 0 THEN
    INSERT INTO due_events (organization_id, call_id, event_id)
    SELECT p_organization, joined.call_id, e.id FROM unnest(p_joined_calls, p_joined_groups) joined(call_id, group_id)
    JOIN call_events e ON e.organization_id = p_organization AND e.group_id = joined.group_id
    ON CONFLICT DO NOTHING;
  END IF;
  SELECT array_agg(found.event_id), array_agg(found.call_id) INTO events, targets FROM (
    SELECT named.* FROM (
      SELECT e.id AS event_id, r.call_id, e.event_time, e.arrival FROM call_references r
      JOIN call_events e ON e.organization_id = r.organization_id AND e.match = 'PENDING'
        AND e.reference_value IS NOT NULL AND e.reference_system = r.system AND e.reference_name = r.name
        AND e.reference_value = r.value
      WHERE r.organization_id = p_organization AND r.call_id = ANY (p_calls)
      UNION ALL
      -- Each by its key: a plan that expects many here would read all events.
      SELECT e.id, d.call_id, e.event_time, e.arrival FROM due_events d
      CROSS JOIN LATERAL (
        SELECT * FROM call_events e WHERE e.organization_id = d.organization_id AND e.id = d.event_id OFFSET 0
      ) e
      WHERE d.organization_id = p_organization AND d.call_id = ANY (p_calls)
    ) named
    ORDER BY named.event_time, named.arrival LIMIT most + 1
  ) found;
  IF events IS NOT NULL THEN
    is_left := cardinality(events) > most;
    SELECT a.* INTO applied FROM apply_call_events(p_organization, events[:most], targets[:most], p_actor, p_raised,
      p_max_bytes) a;
    changed := applied.changed;
    is_left := is_left OR cardinality(applied.left_events) > 0;
    IF is_left THEN
      RETURN;
    END IF;
  END IF;
  events := array(
    SELECT v.event_id FROM match_rules r
    JOIN calls c ON c.organization_id = r.organization_id AND c.id = ANY (p_calls)
    CROSS JOIN LATERAL (
      SELECT comparable_number(CASE r.call_field
        WHEN 'FROM' THEN c.from_address WHEN 'TO' THEN c.to_address WHEN 'CUSTOMER_NUMBER' THEN c.customer_number
        END) AS value
      UNION ALL
      SELECT match_value(c.metadata, r.call_metadata_path, 'METADATA') WHERE r.call_field = 'METADATA'
      UNION ALL
      SELECT f.value FROM call_references f
      WHERE r.call_field = 'REFERENCE' AND f.organization_id = c.organization_id AND f.call_id = c.id
    ) own
    JOIN waiting_values v ON v.organization_id = r.organization_id AND v.rule_id = r.id AND v.value = own.value
    JOIN call_events e ON e.organization_id = v.organization_id AND e.id = v.event_id
    WHERE r.organization_id = p_organization AND r.deleted_at IS NULL
      AND is_candidate(c.*, e.event_time, make_interval(mins => r.window_minutes))
    GROUP BY v.event_id ORDER BY min(e.event_time), min(e.arrival) LIMIT most + 1
  );
  IF cardinality(events) > 0 THEN
    SELECT s.* INTO applied FROM settle_by_rules(p_organization, events[:most], p_actor, p_raised || changed,
      p_max_bytes) s;
    changed := changed || applied.changed;
    is_left := cardinality(events) > most OR applied.is_left;
  END IF;
END $$;
--> statement-breakpoint
-- Tries a rule on the events that wait, 500 at a time and the oldest first: first a new rule, and then the same after the
-- event that the step before answered with; null at the end.
CREATE FUNCTION try_match_rule(p_organization uuid, p_rule uuid, p_actor text, p_max_bytes integer, p_after uuid)
RETURNS uuid
LANGUAGE plpgsql VOLATILE SET search_path FROM CURRENT AS $$
DECLARE
  most constant integer := 500;
  start constant uuid := '00000000-0000-0000-0000-000000000000';
  last_at timestamptz;
  last_arrival bigint;
  events uuid[];
  settled record;
BEGIN
  IF p_after IS NULL THEN
    PERFORM keep_waiting_values(p_organization, NULL, p_rule);
  ELSE
    SELECT e.event_time, e.arrival INTO last_at, last_arrival FROM call_events e
    WHERE e.organization_id = p_organization AND e.id = p_after;
  END IF;
  events := array(
    SELECT v.event_id FROM waiting_values v
    JOIN call_events e ON e.organization_id = v.organization_id AND e.id = v.event_id
    WHERE v.organization_id = p_organization AND v.rule_id = p_rule
      AND (e.event_time, e.arrival) > (coalesce(last_at, '-infinity'), coalesce(last_arrival, 0))
    ORDER BY e.event_time, e.arrival LIMIT most
  );
  SELECT s.* INTO settled FROM settle_by_rules(p_organization, events, p_actor, '{}', p_max_bytes) s;
  RETURN CASE WHEN settled.is_left THEN coalesce(p_after, start) ELSE events[most] END;
END $$;
--> statement-breakpoint
-- As before, but a merge is refused for size only where it makes the metadata larger.
CREATE OR REPLACE FUNCTION merge_call_metadata(
  p_organization uuid, p_call uuid, p_system text, p_name text, p_value text,
  p_patch jsonb, p_expected_revision integer, p_max_bytes integer, p_change uuid, p_actor text
) RETURNS TABLE (outcome text, call calls)
LANGUAGE plpgsql VOLATILE SET search_path FROM CURRENT AS $$
DECLARE
  stored calls;
  merged jsonb;
  changed boolean;
  at timestamptz(3);
  arrived bigint;
  at_label bigint;
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
  IF p_expected_revision IS NOT NULL AND p_expected_revision <> stored.revision THEN
    RETURN QUERY SELECT 'REVISION_CONFLICT', stored;
    RETURN;
  END IF;
  merged := merge_patch(stored.metadata, p_patch);
  IF pg_column_size(merged) * 6 > p_max_bytes AND metadata_overgrown(stored.metadata, merged, p_max_bytes) THEN
    RETURN QUERY SELECT 'LIMIT_EXCEEDED', stored;
    RETURN;
  END IF;
  changed := merged <> stored.metadata;
  recorded := clock_timestamp();
  at := greatest(recorded, stored.metadata_at);
  arrived := nextval('patch_arrival');
  at_label := next_change_label(stored.change_label);
  INSERT INTO call_changes (organization_id, label, seq, id, call_id, kind, actor, revision, patch, effective_at,
    arrival, old_values, new_values, recorded_at)
  VALUES (p_organization, at_label, nextval('call_change_seq'), p_change, stored.id, 'METADATA_MERGED', p_actor,
    CASE WHEN changed THEN stored.revision + 1 END, p_patch, at, arrived,
    CASE WHEN changed THEN jsonb_build_object('metadata', changed_members(stored.metadata, merged)) ELSE '{}' END,
    CASE WHEN changed THEN jsonb_build_object('metadata', changed_members(merged, stored.metadata)) ELSE '{}' END,
    recorded);
  UPDATE calls c SET metadata = merged, metadata_at = at, metadata_arrival = arrived, change_label = at_label,
    revision = stored.revision + changed::int,
    updated_at = CASE WHEN changed THEN recorded ELSE stored.updated_at END
  WHERE c.organization_id = p_organization AND c.id = stored.id RETURNING c.* INTO stored;
  RETURN QUERY SELECT 'MERGED', stored;
END $$;
--> statement-breakpoint
-- Records an event that names a call, and applies it, where the call is known and the event is new to us: what is given
-- are columns of call_events but for the arrival. No row otherwise, and nothing is written then. It is kept as TOO_LARGE,
-- and does not count, where it would take the metadata past the limit.
CREATE FUNCTION record_named_event(p_organization uuid, p_event jsonb, p_call uuid, p_change uuid, p_actor text,
  p_max_bytes integer)
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
  IF pg_column_size(merged) * 6 > p_max_bytes AND metadata_overgrown(stored.metadata, merged, p_max_bytes) THEN
    event.match := 'TOO_LARGE';
    UPDATE call_events e SET match = event.match WHERE e.organization_id = p_organization AND e.id = event.id;
    RETURN NEXT event;
    RETURN;
  END IF;
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
