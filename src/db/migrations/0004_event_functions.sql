-- What a list of merge patches comes to, in the order in which they are given.
CREATE AGGREGATE metadata_fold(jsonb) (sfunc = merge_patch, stype = jsonb, initcond = '{}');
--> statement-breakpoint
-- The metadata after a patch that is older than the newest one. Top-level keys of a merge patch are independent of each
-- other: only the patch's own keys are folded anew from the ledger, and not even those where nothing later touches them.
-- The ledger of a call is its own and that of every record that was joined into it. Under the call's lock, and before
-- the patch's own row is in the log.
CREATE FUNCTION late_patch(
  p_organization uuid, p_call uuid, p_metadata jsonb, p_patch jsonb, p_at timestamptz, p_arrival bigint
) RETURNS jsonb
LANGUAGE plpgsql STABLE SET search_path FROM CURRENT AS $$
DECLARE
  keys text[] := array(SELECT jsonb_object_keys(p_patch));
  records uuid[] := array(
    SELECT c.id FROM calls c
    WHERE c.organization_id = p_organization AND (c.id = p_call OR c.joined_into = p_call)
  );
  folded jsonb;
BEGIN
  IF NOT EXISTS (
    SELECT FROM call_changes h
    WHERE h.organization_id = p_organization AND h.call_id = ANY (records) AND h.patch IS NOT NULL
      AND (h.effective_at, h.arrival) > (p_at, p_arrival) AND h.patch ?| keys
  ) THEN
    RETURN merge_patch(p_metadata, p_patch);
  END IF;
  SELECT metadata_fold(
    (SELECT coalesce(jsonb_object_agg(m.key, m.value), '{}') FROM jsonb_each(ledger.patch) m WHERE m.key = ANY (keys))
    ORDER BY ledger.effective_at, ledger.arrival
  ) INTO folded
  FROM (
    SELECT h.patch, h.effective_at, h.arrival FROM call_changes h
    WHERE h.organization_id = p_organization AND h.call_id = ANY (records) AND h.patch IS NOT NULL AND h.patch ?| keys
    UNION ALL
    SELECT p_patch, p_at, p_arrival
  ) ledger;
  RETURN (p_metadata - keys) || folded;
END $$;
--> statement-breakpoint
-- A new UUIDv7: the time in milliseconds, and random bits.
CREATE FUNCTION new_uuid() RETURNS uuid
LANGUAGE sql VOLATILE PARALLEL SAFE
RETURN encode(
  set_byte(
    overlay(
      uuid_send(gen_random_uuid())
      PLACING substring(int8send((extract(epoch FROM clock_timestamp()) * 1000)::bigint) FROM 3) FROM 1 FOR 6
    ),
    6, (get_byte(uuid_send(gen_random_uuid()), 0) & 15) | 112
  ), 'hex')::uuid;
--> statement-breakpoint
-- Applies events to calls, by pairs, each pair once whatever is asked. Locks the calls first, then reads: one statement
-- would fold the ledger as it was before it had to wait. Of one event all calls are changed by one statement; several
-- events of one call follow one another in the order of their times. p_raised names the calls whose revision this
-- mutation has raised already. Answers with the calls that changed.
CREATE FUNCTION apply_call_events(
  p_organization uuid, p_events uuid[], p_calls uuid[], p_actor text, p_raised uuid[]
) RETURNS uuid[]
LANGUAGE plpgsql VOLATILE SET search_path FROM CURRENT AS $$
DECLARE
  targets uuid[];
  event record;
  fresh uuid[];
  effective uuid[];
  raised uuid[] := p_raised;
  changed uuid[] := '{}';
  recorded timestamptz(3);
BEGIN
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
  FOR event IN
    SELECT e.id, e.event_time AS at, e.arrival, e.metadata AS patch, array_agg(DISTINCT pair.call_id) AS call_ids
    FROM unnest(p_events, targets) pair(event_id, call_id)
    JOIN call_events e ON e.organization_id = p_organization AND e.id = pair.event_id
    GROUP BY e.organization_id, e.id ORDER BY e.event_time, e.arrival
  LOOP
    WITH applied AS (
      INSERT INTO call_event_calls (organization_id, event_id, call_id)
      SELECT p_organization, event.id, call_id FROM unnest(event.call_ids) call_id
      ON CONFLICT DO NOTHING RETURNING call_id
    )
    SELECT coalesce(array_agg(call_id), '{}') INTO fresh FROM applied;
    WITH target AS MATERIALIZED (
      SELECT c.id, c.revision + (NOT c.id = ANY (raised))::int AS revision, c.metadata,
        next_change_label(c.change_label) AS label,
        CASE WHEN ((event.at, event.arrival) > (c.metadata_at, c.metadata_arrival)) IS NOT FALSE
          THEN merge_patch(c.metadata, event.patch)
          ELSE late_patch(p_organization, c.id, c.metadata, event.patch, event.at, event.arrival)
        END AS merged,
        ((event.at, event.arrival) > (c.metadata_at, c.metadata_arrival)) IS NOT FALSE AS newest
      FROM calls c WHERE c.organization_id = p_organization AND c.id = ANY (fresh)
    ), logged AS (
      INSERT INTO call_changes (organization_id, label, seq, id, call_id, kind, actor, revision, patch, event_id,
        effective_at, arrival, old_values, new_values, recorded_at)
      SELECT p_organization, t.label, nextval('call_change_seq'), new_uuid(), t.id, 'EVENT_APPLIED', p_actor,
        CASE WHEN t.merged <> t.metadata THEN t.revision END, event.patch, event.id, event.at, event.arrival,
        CASE WHEN t.merged <> t.metadata
          THEN jsonb_build_object('metadata', changed_members(t.metadata, t.merged)) ELSE '{}' END,
        CASE WHEN t.merged <> t.metadata
          THEN jsonb_build_object('metadata', changed_members(t.merged, t.metadata)) ELSE '{}' END,
        recorded
      FROM target t
    ), saved AS (
      UPDATE calls c SET metadata = t.merged, change_label = t.label,
        metadata_at = CASE WHEN t.newest THEN event.at ELSE c.metadata_at END,
        metadata_arrival = CASE WHEN t.newest THEN event.arrival ELSE c.metadata_arrival END,
        revision = CASE WHEN t.merged <> t.metadata THEN t.revision ELSE c.revision END,
        updated_at = CASE WHEN t.merged <> t.metadata THEN recorded ELSE c.updated_at END
      FROM target t WHERE c.organization_id = p_organization AND c.id = t.id
      RETURNING c.id, t.merged <> t.metadata AS is_effective
    )
    SELECT coalesce(array_agg(id) FILTER (WHERE is_effective AND NOT id = ANY (changed)), '{}')
    INTO effective FROM saved;
    raised := raised || effective;
    changed := changed || effective;
  END LOOP;
  UPDATE call_events e SET match = 'MATCHED'
  WHERE e.organization_id = p_organization AND e.id = ANY (p_events) AND e.match <> 'MATCHED';
  DELETE FROM waiting_values v WHERE v.organization_id = p_organization AND v.event_id = ANY (p_events);
  RETURN changed;
END $$;
--> statement-breakpoint
-- What a match rule compares of an event: a string or number, none of more than 500 characters, for no name of a call
-- is longer.
CREATE FUNCTION match_value(metadata jsonb, path text[], call_field text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path FROM CURRENT
RETURN CASE
  WHEN jsonb_typeof(metadata #> path) IN ('string', 'number') AND length(metadata #>> path) BETWEEN 1 AND 500
  THEN CASE WHEN call_field IN ('FROM', 'TO', 'CUSTOMER_NUMBER')
    THEN comparable_number(metadata #>> path) ELSE metadata #>> path END
END;
--> statement-breakpoint
-- The object in which the value stands at the path.
CREATE FUNCTION object_at(path text[], value jsonb) RETURNS jsonb
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
BEGIN
  FOR step IN REVERSE array_length(path, 1)..1 LOOP
    value := jsonb_build_object(path[step], value);
  END LOOP;
  RETURN value;
END $$;
--> statement-breakpoint
-- The calls that a rule finds for a value at a time, two at most: more would change nothing. What the index finds is
-- materialized, lest a plan that hopes for an early match walk through all calls.
CREATE FUNCTION match_candidates(rule match_rules, value text, at timestamptz) RETURNS SETOF uuid
LANGUAGE plpgsql STABLE SET search_path FROM CURRENT AS $$
DECLARE
  reach interval := make_interval(mins => rule.window_minutes);
BEGIN
  CASE rule.call_field
  WHEN 'FROM' THEN
    RETURN QUERY WITH found AS MATERIALIZED (
      SELECT c.* FROM calls c
      WHERE c.organization_id = rule.organization_id AND comparable_number(c.from_address) = value)
    SELECT f.id FROM found f WHERE is_candidate(f.*, at, reach) LIMIT 2;
  WHEN 'TO' THEN
    RETURN QUERY WITH found AS MATERIALIZED (
      SELECT c.* FROM calls c
      WHERE c.organization_id = rule.organization_id AND comparable_number(c.to_address) = value)
    SELECT f.id FROM found f WHERE is_candidate(f.*, at, reach) LIMIT 2;
  WHEN 'CUSTOMER_NUMBER' THEN
    RETURN QUERY WITH found AS MATERIALIZED (
      SELECT c.* FROM calls c
      WHERE c.organization_id = rule.organization_id AND comparable_number(c.customer_number) = value)
    SELECT f.id FROM found f WHERE is_candidate(f.*, at, reach) LIMIT 2;
  WHEN 'REFERENCE' THEN
    RETURN QUERY WITH found AS MATERIALIZED (
      SELECT DISTINCT r.call_id FROM call_references r
      WHERE r.organization_id = rule.organization_id AND r.value = match_candidates.value)
    SELECT c.id FROM found f JOIN calls c ON c.organization_id = rule.organization_id AND c.id = f.call_id
    WHERE is_candidate(c.*, at, reach) LIMIT 2;
  WHEN 'METADATA' THEN
    -- The number 42 and the string "42" are equal here, and numbers as they are written.
    RETURN QUERY WITH found AS MATERIALIZED (
      SELECT c.* FROM calls c
      WHERE c.organization_id = rule.organization_id AND (
        c.metadata @> object_at(rule.call_metadata_path, to_jsonb(value))
        OR c.metadata @> object_at(rule.call_metadata_path,
          CASE WHEN value ~ '^-?(0|[1-9][0-9]{0,99})(\.[0-9]{1,100})?$' THEN value::jsonb ELSE to_jsonb(value) END)))
    SELECT f.id FROM found f
    WHERE match_value(f.metadata, rule.call_metadata_path, 'METADATA') = value AND is_candidate(f.*, at, reach) LIMIT 2;
  END CASE;
END $$;
--> statement-breakpoint
-- Whether a call that is no other's second record lies near enough in time.
CREATE FUNCTION is_candidate(call calls, at timestamptz, reach interval) RETURNS boolean
LANGUAGE sql STABLE PARALLEL SAFE
RETURN call.joined_into IS NULL
  AND coalesce(call.started_at, call.ringing_at, call.created_at) BETWEEN at - reach AND at + reach;
--> statement-breakpoint
-- What the match rules say of an event that names no call: the oldest rule that has a candidate decides. No rule and no
-- candidates where none has; is_seen says whether any rule finds a value in the event, without which no call can match.
CREATE FUNCTION find_match(
  p_organization uuid, p_metadata jsonb, p_at timestamptz, OUT rule_id uuid, OUT candidates uuid[], OUT is_seen boolean
)
LANGUAGE plpgsql STABLE SET search_path FROM CURRENT AS $$
DECLARE
  rule match_rules;
  value text;
BEGIN
  is_seen := false;
  FOR rule IN
    SELECT r.* FROM match_rules r WHERE r.organization_id = p_organization AND r.deleted_at IS NULL ORDER BY r.id
  LOOP
    value := match_value(p_metadata, rule.metadata_path, rule.call_field);
    CONTINUE WHEN value IS NULL;
    is_seen := true;
    candidates := array(SELECT match_candidates(rule, value, p_at));
    IF cardinality(candidates) > 0 THEN
      rule_id := rule.id;
      RETURN;
    END IF;
  END LOOP;
  candidates := '{}';
END $$;
--> statement-breakpoint
-- Keeps what the rules see in an event that begins to wait, or what one new rule sees in all events that wait.
CREATE FUNCTION keep_waiting_values(p_organization uuid, p_event uuid, p_rule uuid) RETURNS void
LANGUAGE sql VOLATILE SET search_path FROM CURRENT
BEGIN ATOMIC
  INSERT INTO waiting_values (organization_id, rule_id, event_id, value)
  SELECT p_organization, r.id, e.id, match_value(e.metadata, r.metadata_path, r.call_field)
  FROM call_events e JOIN match_rules r ON r.organization_id = e.organization_id AND r.deleted_at IS NULL
  WHERE e.organization_id = p_organization AND e.match = 'PENDING' AND e.target = 'RULES'
    AND (p_event IS NULL OR e.id = p_event) AND (p_rule IS NULL OR r.id = p_rule)
    AND match_value(e.metadata, r.metadata_path, r.call_field) IS NOT NULL;
END;
--> statement-breakpoint
-- Decides for waiting events that name no call, as if each came now, and applies those that are matched. Answers with
-- the calls that changed.
CREATE FUNCTION settle_by_rules(p_organization uuid, p_events uuid[], p_actor text, p_raised uuid[]) RETURNS uuid[]
LANGUAGE plpgsql VOLATILE SET search_path FROM CURRENT AS $$
DECLARE
  decided record;
  events uuid[] := '{}';
  targets uuid[] := '{}';
BEGIN
  FOR decided IN
    SELECT e.id, m.rule_id, m.candidates FROM call_events e
    CROSS JOIN LATERAL find_match(p_organization, e.metadata, e.event_time) m
    WHERE e.organization_id = p_organization AND e.id = ANY (p_events) AND e.match = 'PENDING'
      AND m.rule_id IS NOT NULL
  LOOP
    IF cardinality(decided.candidates) = 1 THEN
      UPDATE call_events e SET matched_by = decided.rule_id
      WHERE e.organization_id = p_organization AND e.id = decided.id;
      events := events || decided.id;
      targets := targets || decided.candidates;
    ELSE
      UPDATE call_events e SET match = 'AMBIGUOUS'
      WHERE e.organization_id = p_organization AND e.id = decided.id;
      DELETE FROM waiting_values v WHERE v.organization_id = p_organization AND v.event_id = decided.id;
    END IF;
  END LOOP;
  IF cardinality(events) = 0 THEN
    RETURN '{}';
  END IF;
  RETURN apply_call_events(p_organization, events, targets, p_actor, p_raised);
END $$;
--> statement-breakpoint
-- Lets in what waits for calls that were just written: events that named one of their references, events of the groups
-- that they have joined (pairs of p_joined_calls and p_joined_groups), and events that a rule finds. Answers with the
-- calls that changed.
CREATE FUNCTION admit_waiting_events(
  p_organization uuid, p_calls uuid[], p_joined_calls uuid[], p_joined_groups uuid[], p_actor text, p_raised uuid[]
) RETURNS uuid[]
LANGUAGE plpgsql VOLATILE SET search_path FROM CURRENT AS $$
DECLARE
  events uuid[];
  targets uuid[];
  changed uuid[] := '{}';
BEGIN
  SELECT array_agg(found.event_id), array_agg(found.call_id) INTO events, targets FROM (
    SELECT e.id AS event_id, r.call_id FROM call_references r
    JOIN call_events e ON e.organization_id = r.organization_id AND e.match = 'PENDING'
      AND e.reference_value IS NOT NULL AND e.reference_system = r.system AND e.reference_name = r.name
      AND e.reference_value = r.value
    WHERE r.organization_id = p_organization AND r.call_id = ANY (p_calls)
    UNION ALL
    SELECT e.id, joined.call_id FROM unnest(p_joined_calls, p_joined_groups) joined(call_id, group_id)
    JOIN call_events e ON e.organization_id = p_organization AND e.group_id = joined.group_id
  ) found;
  IF events IS NOT NULL THEN
    changed := apply_call_events(p_organization, events, targets, p_actor, p_raised);
  END IF;
  events := array(
    SELECT DISTINCT v.event_id FROM match_rules r
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
  );
  IF cardinality(events) > 0 THEN
    changed := changed || settle_by_rules(p_organization, events, p_actor, p_raised || changed);
  END IF;
  RETURN changed;
END $$;
--> statement-breakpoint
-- Tries a new rule on the events that wait. Answers with the calls that changed.
CREATE FUNCTION try_match_rule(p_organization uuid, p_rule uuid, p_actor text) RETURNS uuid[]
LANGUAGE plpgsql VOLATILE SET search_path FROM CURRENT AS $$
BEGIN
  PERFORM keep_waiting_values(p_organization, NULL, p_rule);
  RETURN settle_by_rules(p_organization, array(
    SELECT v.event_id FROM match_rules r
    JOIN waiting_values v ON v.organization_id = r.organization_id AND v.rule_id = r.id
    JOIN call_events e ON e.organization_id = v.organization_id AND e.id = v.event_id
    WHERE r.organization_id = p_organization AND r.id = p_rule
      AND EXISTS (SELECT FROM match_candidates(r.*, v.value, e.event_time))
  ), p_actor, '{}');
END $$;
--> statement-breakpoint
-- Bytes of a value as compact JSON in UTF-8, as JavaScript writes it: numbers without an exponent from a millionth up to
-- 10^21, where Postgres' own text has none at all and that of float8 has one much sooner, and of two digits at least.
CREATE OR REPLACE FUNCTION json_bytes(value jsonb) RETURNS bigint
LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path FROM CURRENT
RETURN octet_length(value::text) - (
  SELECT coalesce(sum(CASE jsonb_typeof(part)
    WHEN 'array' THEN greatest(jsonb_array_length(part) - 1, 0)
    WHEN 'object' THEN greatest(2 * (SELECT count(*) FROM jsonb_object_keys(part)) - 1, 0)
    ELSE CASE
      WHEN part::numeric = 0 OR abs(part::numeric) >= 0.000001 AND abs(part::numeric) < 1e21 THEN 0
      ELSE octet_length(part::text) - octet_length(regexp_replace(part::float8::text, 'e([-+])0', 'e\1'))
    END END), 0)
  FROM jsonb_path_query(value, 'strict $.** ? (@.type() == "object" || @.type() == "array" || @.type() == "number")') part
);
--> statement-breakpoint
-- As before, but a record that was joined into another call answers with that one.
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
  IF metadata_too_large(merged, p_max_bytes) THEN
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
-- Several merges, in their order; an item without a row in the answer names no call. All calls are locked beforehand in
-- the order of their ids: two batches at once would wait for each other in a circle otherwise. A record that was joined
-- into another call is not locked: whoever merges by its id alone locks it before that call.
CREATE FUNCTION merge_calls_metadata(p_organization uuid, p_items jsonb, p_max_bytes integer, p_actor text)
RETURNS TABLE (place bigint, outcome text, call calls)
LANGUAGE plpgsql VOLATILE SET search_path FROM CURRENT AS $$
DECLARE
  item record;
BEGIN
  PERFORM FROM calls c WHERE c.organization_id = p_organization AND c.id IN (
    SELECT coalesce(named.joined_into, named.id)
    FROM jsonb_to_recordset(p_items) i (call uuid, system text, name text, value text)
    LEFT JOIN call_references r ON i.call IS NULL AND r.organization_id = p_organization
      AND r.system = i.system AND r.name = i.name AND r.value = i.value
    JOIN calls named ON named.organization_id = p_organization AND named.id = coalesce(i.call, r.call_id)
  ) ORDER BY c.id FOR NO KEY UPDATE;
  FOR item IN
    SELECT i.*, coalesce(named.joined_into, i.call) AS present
    FROM ROWS FROM (jsonb_to_recordset(p_items) AS (
      call uuid, system text, name text, value text, patch jsonb, expected integer, change uuid
    )) WITH ORDINALITY i (call, system, name, value, patch, expected, change, place)
    LEFT JOIN calls named ON named.organization_id = p_organization AND named.id = i.call
    ORDER BY i.place
  LOOP
    RETURN QUERY SELECT item.place, m.outcome, m.call FROM merge_call_metadata(p_organization, item.present,
      item.system, item.name, item.value, item.patch, item.expected, p_max_bytes, item.change, p_actor) m;
  END LOOP;
END $$;
