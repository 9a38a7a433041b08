CREATE TABLE "call_event_refusals" (
	"organization_id" uuid NOT NULL,
	"event_id" uuid NOT NULL,
	"call_id" uuid NOT NULL,
	CONSTRAINT "call_event_refusals_organization_id_event_id_call_id_pk" PRIMARY KEY("organization_id","event_id","call_id")
);
--> statement-breakpoint
CREATE TABLE "event_admissions" (
	"organization_id" uuid NOT NULL,
	"id" uuid NOT NULL,
	"call_id" uuid,
	"group_id" uuid,
	"event_id" uuid,
	"rule_id" uuid,
	"actor" text NOT NULL,
	CONSTRAINT "event_admissions_organization_id_id_pk" PRIMARY KEY("organization_id","id")
);
--> statement-breakpoint
DROP INDEX "call_events_waiting_index";--> statement-breakpoint
ALTER TABLE "call_event_refusals" ADD CONSTRAINT "call_event_refusals_organization_id_event_id_call_events_organization_id_id_fk" FOREIGN KEY ("organization_id","event_id") REFERENCES "public"."call_events"("organization_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "call_event_refusals" ADD CONSTRAINT "call_event_refusals_organization_id_call_id_calls_organization_id_id_fk" FOREIGN KEY ("organization_id","call_id") REFERENCES "public"."calls"("organization_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "event_admissions" ADD CONSTRAINT "event_admissions_organization_id_call_id_calls_organization_id_id_fk" FOREIGN KEY ("organization_id","call_id") REFERENCES "public"."calls"("organization_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "event_admissions" ADD CONSTRAINT "event_admissions_organization_id_group_id_call_groups_organization_id_id_fk" FOREIGN KEY ("organization_id","group_id") REFERENCES "public"."call_groups"("organization_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "event_admissions" ADD CONSTRAINT "event_admissions_organization_id_event_id_call_events_organization_id_id_fk" FOREIGN KEY ("organization_id","event_id") REFERENCES "public"."call_events"("organization_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "event_admissions" ADD CONSTRAINT "event_admissions_organization_id_rule_id_match_rules_organization_id_id_fk" FOREIGN KEY ("organization_id","rule_id") REFERENCES "public"."match_rules"("organization_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "call_event_refusals_call_index" ON "call_event_refusals" USING btree ("organization_id","call_id","event_id");--> statement-breakpoint
CREATE INDEX "event_admissions_call_index" ON "event_admissions" USING btree ("organization_id","call_id");--> statement-breakpoint
CREATE INDEX "call_events_awaited_index" ON "call_events" USING btree ("organization_id","reference_system","reference_name","reference_value","event_time","arrival") WHERE match = 'PENDING' and reference_value is not null;--> statement-breakpoint
CREATE INDEX "call_events_unruled_index" ON "call_events" USING btree ("organization_id","id") WHERE match = 'PENDING' and target = 'RULES';--> statement-breakpoint
-- The functions of before that take fewer arguments stay: a gateway of the version before may still run beside this one.
--
-- Most events that one step lets in; and when it ends, for a statement has its time, of which a third is a step's.
CREATE FUNCTION events_of_a_step() RETURNS integer
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN 2000;
--> statement-breakpoint
CREATE FUNCTION step_deadline() RETURNS timestamptz
LANGUAGE sql STABLE SET search_path FROM CURRENT
RETURN statement_timestamp()
  + coalesce(nullif(current_setting('statement_timeout')::interval, interval '0') / 3, interval '5 seconds');
--> statement-breakpoint
-- Whether metadata has more levels; `{}` has one.
CREATE FUNCTION metadata_too_deep(metadata jsonb, max_depth integer) RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path FROM CURRENT
RETURN jsonb_path_exists(metadata,
  ('strict $.**{' || max_depth::text || ' to last} ? (@.type() == "object" || @.type() == "array")')::jsonpath);
--> statement-breakpoint
-- The bytes of an object's members, each with a comma: one less than the object's own, where it has any.
CREATE FUNCTION members_bytes(members jsonb) RETURNS bigint
LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path FROM CURRENT
RETURN CASE WHEN members = '{}' THEN 0 ELSE json_bytes(members) - 1 END;
--> statement-breakpoint
-- As before, but what makes the metadata no larger always passes: how else would a call come below its limit again?
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
  IF metadata_too_large(merged, p_max_bytes) AND json_bytes(merged) > json_bytes(stored.metadata) THEN
    RETURN QUERY SELECT 'LIMIT_EXCEEDED', stored;
    RETURN;
  END IF;
  changed := merged <> stored.metadata;
  recorded := clock_timestamp();
  at := greatest(recorded, stored.metadata_at);
  arrived := next_patch_arrival(stored.metadata_arrival);
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
-- are columns of call_events but for the arrival. No row otherwise, and nothing is written then. An event that would make
-- the call's metadata too large is kept, and does not count; its own levels were judged when it came.
CREATE FUNCTION record_named_event(
  p_organization uuid, p_event jsonb, p_call uuid, p_max_bytes integer, p_change uuid, p_actor text
) RETURNS SETOF call_events
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
  event.arrival := next_patch_arrival();
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
-- Applies events that are new to a locked call, all by one fold: its row is written once, and the log gets a row for each
-- event with what it changed, or without a revision where that is nothing. Only the top-level keys that the events have
-- are looked at, for those of a merge patch are independent of each other. An event that would make the metadata too
-- large (and larger) is noted as refused. Stops at the deadline, and before the log's rows fill the memory, behind one
-- event at least; p_is_raised says whether this mutation has raised the call's revision already.
CREATE FUNCTION apply_events_to_call(
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
  -- What the ledger has of the keys behind the first event, in order, and how much of it the present event has passed.
  later jsonb[] := '{}';
  later_at timestamptz[];
  later_arrival bigint[];
  passed integer := 0;
  -- All keys that `later` has.
  touched jsonb := '{}';
  -- The fold of all up to the present event, and of everything; each but for what this event adds.
  earlier jsonb;
  present jsonb;
  next_earlier jsonb;
  next_present jsonb;
  old_members jsonb;
  new_members jsonb;
  -- No less than the metadata's bytes; and exactly those, once it may matter.
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
          FROM call_changes l
          WHERE l.organization_id = p_organization AND l.call_id = ANY (records) AND l.patch IS NOT NULL
            AND l.patch ?| keys
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
--> statement-breakpoint
-- Applies one event to those of the locked calls of which it is the newest patch, by one statement for all of them, each
-- call once. Answers with the calls that changed.
CREATE FUNCTION apply_newest_event(
  p_organization uuid, p_event uuid, p_calls uuid[], p_actor text, p_raised uuid[], p_max_bytes integer
) RETURNS uuid[]
LANGUAGE plpgsql VOLATILE SET search_path FROM CURRENT AS $$
DECLARE
  event call_events;
  changed uuid[];
  recorded timestamptz(3) := clock_timestamp();
BEGIN
  SELECT e.* INTO event FROM call_events e WHERE e.organization_id = p_organization AND e.id = p_event;
  WITH target AS MATERIALIZED (
    SELECT c.id, c.revision + (NOT c.id = ANY (p_raised))::int AS revision, c.metadata,
      next_change_label(c.change_label) AS label, merge_patch(c.metadata, event.metadata) AS merged
    FROM calls c WHERE c.organization_id = p_organization AND c.id = ANY (p_calls)
      AND ((event.event_time, event.arrival) > (c.metadata_at, c.metadata_arrival)) IS NOT FALSE
      AND NOT EXISTS (
        SELECT FROM call_event_calls a
        WHERE a.organization_id = p_organization AND a.event_id = p_event AND a.call_id = c.id
      ) AND NOT EXISTS (
        SELECT FROM call_event_refusals a
        WHERE a.organization_id = p_organization AND a.event_id = p_event AND a.call_id = c.id
      )
  ), judged AS MATERIALIZED (
    SELECT t.*, t.merged <> t.metadata AS is_effective, pg_column_size(t.merged) * 6 > p_max_bytes
      AND metadata_too_large(t.merged, p_max_bytes) AND json_bytes(t.merged) > json_bytes(t.metadata) AS is_refused
    FROM target t
  ), refused AS (
    INSERT INTO call_event_refusals (organization_id, event_id, call_id)
    SELECT p_organization, p_event, j.id FROM judged j WHERE j.is_refused
  ), applied AS (
    INSERT INTO call_event_calls (organization_id, event_id, call_id)
    SELECT p_organization, p_event, j.id FROM judged j WHERE NOT j.is_refused
  ), logged AS (
    INSERT INTO call_changes (organization_id, label, seq, id, call_id, kind, actor, revision, patch, event_id,
      effective_at, arrival, old_values, new_values, recorded_at)
    SELECT p_organization, j.label, nextval('call_change_seq'), new_uuid(), j.id, 'EVENT_APPLIED', p_actor,
      CASE WHEN j.is_effective THEN j.revision END, event.metadata, p_event, event.event_time, event.arrival,
      CASE WHEN j.is_effective
        THEN jsonb_build_object('metadata', changed_members(j.metadata, j.merged)) ELSE '{}' END,
      CASE WHEN j.is_effective
        THEN jsonb_build_object('metadata', changed_members(j.merged, j.metadata)) ELSE '{}' END,
      recorded
    FROM judged j WHERE NOT j.is_refused
  ), saved AS (
    UPDATE calls c SET metadata = j.merged, change_label = j.label, metadata_at = event.event_time,
      metadata_arrival = event.arrival, revision = CASE WHEN j.is_effective THEN j.revision ELSE c.revision END,
      updated_at = CASE WHEN j.is_effective THEN recorded ELSE c.updated_at END
    FROM judged j WHERE c.organization_id = p_organization AND c.id = j.id AND NOT j.is_refused
    RETURNING c.id, j.is_effective
  )
  SELECT coalesce(array_agg(s.id) FILTER (WHERE s.is_effective), '{}') INTO changed FROM saved s;
  RETURN changed;
END $$;
--> statement-breakpoint
-- Applies events to calls, by pairs, each pair once whatever is asked, and a rule where one has found the call. Locks the
-- calls first, then reads: one statement would fold the ledger as it was before it had to wait. An event is MATCHED once
-- it counts in a call, and TOO_LARGE while it does in none of those that it was for. `changed` are the calls that changed;
-- is_left says that not all was done in time. p_raised names the calls whose revision this mutation has raised already.
CREATE FUNCTION apply_call_events(
  p_organization uuid, p_events uuid[], p_calls uuid[], p_rules uuid[], p_actor text, p_raised uuid[],
  p_max_bytes integer, p_max_depth integer, OUT changed uuid[], OUT is_left boolean
)
LANGUAGE plpgsql VOLATILE SET search_path FROM CURRENT AS $$
DECLARE
  deadline timestamptz := step_deadline();
  targets uuid[];
  target record;
  applied record;
BEGIN
  changed := '{}';
  is_left := false;
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
  IF cardinality(p_events) > 0 AND p_events[1] = ALL (p_events) AND NOT EXISTS (
    SELECT FROM call_events e
    WHERE e.organization_id = p_organization AND e.id = p_events[1] AND metadata_too_deep(e.metadata, p_max_depth)
  ) THEN
    changed := apply_newest_event(p_organization, p_events[1], targets, p_actor, p_raised, p_max_bytes);
  END IF;
  FOR target IN
    SELECT pair.call_id AS id, array_agg(DISTINCT pair.event_id) AS events
    FROM unnest(p_events, targets) pair(event_id, call_id)
    WHERE NOT EXISTS (
      SELECT FROM call_event_calls a
      WHERE a.organization_id = p_organization AND a.event_id = pair.event_id AND a.call_id = pair.call_id
    ) AND NOT EXISTS (
      SELECT FROM call_event_refusals a
      WHERE a.organization_id = p_organization AND a.event_id = pair.event_id AND a.call_id = pair.call_id
    )
    GROUP BY pair.call_id ORDER BY pair.call_id
  LOOP
    applied := apply_events_to_call(p_organization, target.id, target.events, p_actor, target.id = ANY (p_raised),
      p_max_bytes, p_max_depth, deadline);
    IF applied.is_changed THEN
      changed := array_append(changed, target.id);
    END IF;
    is_left := applied.is_left OR clock_timestamp() > deadline;
    EXIT WHEN is_left;
  END LOOP;
  UPDATE call_events e SET match = decided.match, matched_by = coalesce(decided.rule_id, e.matched_by)
  FROM (
    SELECT given.event_id, given.rule_id, CASE
      WHEN EXISTS (SELECT FROM call_event_calls a
        WHERE a.organization_id = p_organization AND a.event_id = given.event_id) THEN 'MATCHED'
      WHEN EXISTS (SELECT FROM call_event_refusals a
        WHERE a.organization_id = p_organization AND a.event_id = given.event_id) THEN 'TOO_LARGE'
      END AS match
    FROM (SELECT DISTINCT event_id, rule_id FROM unnest(p_events, p_rules) given(event_id, rule_id)) given
  ) decided
  WHERE e.organization_id = p_organization AND e.id = decided.event_id AND e.match <> decided.match;
  DELETE FROM waiting_values v USING call_events e
  WHERE v.organization_id = p_organization AND v.event_id = ANY (p_events)
    AND e.organization_id = p_organization AND e.id = v.event_id AND e.match <> 'PENDING';
END $$;
--> statement-breakpoint
-- Decides for waiting events that name no call, as if each came now, and applies those that are matched. No two decide
-- for one event at once: who comes second finds it decided. `decided` counts those that a rule has a call for.
CREATE FUNCTION settle_by_rules(
  p_organization uuid, p_events uuid[], p_actor text, p_raised uuid[], p_max_bytes integer, p_max_depth integer,
  OUT changed uuid[], OUT decided integer, OUT is_left boolean
)
LANGUAGE plpgsql VOLATILE SET search_path FROM CURRENT AS $$
DECLARE
  events uuid[];
  targets uuid[];
  rules uuid[];
  ambiguous uuid[];
BEGIN
  PERFORM FROM call_events e
  WHERE e.organization_id = p_organization AND e.id = ANY (p_events) AND e.match = 'PENDING' ORDER BY e.id FOR UPDATE;
  SELECT array_agg(e.id) FILTER (WHERE cardinality(m.candidates) = 1),
    array_agg(m.candidates[1]) FILTER (WHERE cardinality(m.candidates) = 1),
    array_agg(m.rule_id) FILTER (WHERE cardinality(m.candidates) = 1),
    array_agg(e.id) FILTER (WHERE cardinality(m.candidates) > 1)
  INTO events, targets, rules, ambiguous
  FROM call_events e CROSS JOIN LATERAL find_match(p_organization, e.metadata, e.event_time) m
  WHERE e.organization_id = p_organization AND e.id = ANY (p_events) AND e.match = 'PENDING' AND m.rule_id IS NOT NULL;
  UPDATE call_events e SET match = 'AMBIGUOUS' WHERE e.organization_id = p_organization AND e.id = ANY (ambiguous);
  DELETE FROM waiting_values v WHERE v.organization_id = p_organization AND v.event_id = ANY (ambiguous);
  changed := '{}';
  decided := coalesce(cardinality(events), 0) + coalesce(cardinality(ambiguous), 0);
  is_left := false;
  IF events IS NOT NULL THEN
    SELECT a.changed, a.is_left INTO changed, is_left FROM apply_call_events(p_organization, events, targets, rules,
      p_actor, p_raised, p_max_bytes, p_max_depth) a;
  END IF;
END $$;
--> statement-breakpoint
-- Lets in what waits for calls that were just written: events that named one of their references, events of the groups
-- that they have joined (pairs of p_joined_calls and p_joined_groups), and events that a rule finds; and what earlier
-- steps have left of that. At most one step: is_left says that there is more, which is noted as to be done.
CREATE FUNCTION admit_waiting_events(
  p_organization uuid, p_calls uuid[], p_joined_calls uuid[], p_joined_groups uuid[], p_actor text, p_raised uuid[],
  p_max_bytes integer, p_max_depth integer, OUT changed uuid[], OUT is_left boolean
)
LANGUAGE plpgsql VOLATILE SET search_path FROM CURRENT AS $$
DECLARE
  most integer := events_of_a_step();
  joined_calls uuid[];
  joined_groups uuid[];
  events uuid[];
  targets uuid[];
  settled record;
BEGIN
  changed := '{}';
  is_left := false;
  joined_calls := p_joined_calls;
  joined_groups := p_joined_groups;
  IF EXISTS (SELECT FROM event_admissions a WHERE a.organization_id = p_organization AND a.call_id = ANY (p_calls)) THEN
    -- What another process is doing at this moment it does to its end.
    WITH noted AS (
      DELETE FROM event_admissions a WHERE a.organization_id = p_organization AND a.id IN (
        SELECT n.id FROM event_admissions n
        WHERE n.organization_id = p_organization AND n.call_id = ANY (p_calls) FOR UPDATE SKIP LOCKED
      ) RETURNING a.call_id, a.group_id
    )
    SELECT array_agg(j.call_id), array_agg(j.group_id) INTO joined_calls, joined_groups FROM (
      SELECT n.call_id, n.group_id FROM noted n WHERE n.group_id IS NOT NULL
      UNION SELECT j.call_id, j.group_id FROM unnest(p_joined_calls, p_joined_groups) j(call_id, group_id)
    ) j;
  END IF;
  SELECT array_agg(e.id), array_agg(e.call_id) INTO events, targets FROM (
    SELECT e.id, r.call_id FROM call_references r CROSS JOIN LATERAL (
      SELECT e.id FROM call_events e
      WHERE e.organization_id = r.organization_id AND e.match = 'PENDING' AND e.reference_value IS NOT NULL
        AND e.reference_system = r.system AND e.reference_name = r.name AND e.reference_value = r.value
      ORDER BY e.event_time, e.arrival LIMIT most + 1
    ) e
    WHERE r.organization_id = p_organization AND r.call_id = ANY (p_calls) LIMIT most + 1
  ) e;
  IF cardinality(joined_calls) > 0 THEN
    SELECT events || array_agg(e.id), targets || array_agg(e.call_id) INTO events, targets FROM (
      SELECT e.id, j.call_id FROM unnest(joined_calls, joined_groups) j(call_id, group_id) CROSS JOIN LATERAL (
        SELECT e.id FROM call_events e
        WHERE e.organization_id = p_organization AND e.group_id = j.group_id AND NOT EXISTS (
          SELECT FROM call_event_calls a
          WHERE a.organization_id = p_organization AND a.call_id = j.call_id AND a.event_id = e.id
        ) AND NOT EXISTS (
          SELECT FROM call_event_refusals a
          WHERE a.organization_id = p_organization AND a.call_id = j.call_id AND a.event_id = e.id
        )
        ORDER BY e.event_time, e.arrival LIMIT most + 1
      ) e LIMIT most + 1
    ) e;
  END IF;
  IF events IS NOT NULL THEN
    SELECT a.changed, a.is_left OR cardinality(events) > most INTO changed, is_left
    FROM apply_call_events(p_organization, events[:most], targets[:most], '{}', p_actor, p_raised, p_max_bytes,
      p_max_depth) a;
  END IF;
  IF NOT is_left THEN
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
      LIMIT most + 1
    );
    IF cardinality(events) > 0 THEN
      settled := settle_by_rules(p_organization, events[:most], p_actor, p_raised || changed, p_max_bytes, p_max_depth);
      is_left := settled.is_left OR settled.decided > 0 AND cardinality(events) > most;
      changed := changed || settled.changed;
    END IF;
  END IF;
  IF is_left THEN
    INSERT INTO event_admissions (organization_id, id, call_id, group_id, actor)
    SELECT p_organization, new_uuid(), c.call_id, c.group_id, p_actor FROM (
      SELECT id AS call_id, NULL::uuid AS group_id FROM unnest(p_calls) id
      UNION ALL SELECT j.call_id, j.group_id FROM unnest(joined_calls, joined_groups) j(call_id, group_id)
    ) c;
  END IF;
END $$;
--> statement-breakpoint
-- Applies a group's event to its calls, but for those that have or have refused it; the same way.
CREATE FUNCTION admit_group_event(
  p_organization uuid, p_event uuid, p_actor text, p_max_bytes integer, p_max_depth integer, OUT is_left boolean
)
LANGUAGE plpgsql VOLATILE SET search_path FROM CURRENT AS $$
DECLARE
  most integer := events_of_a_step();
  targets uuid[] := array(
    SELECT m.call_id FROM call_events e
    JOIN call_group_members m ON m.organization_id = e.organization_id AND m.group_id = e.group_id
    WHERE e.organization_id = p_organization AND e.id = p_event AND NOT EXISTS (
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
--> statement-breakpoint
-- Tries a new rule on events that wait, from the one behind p_after on in the order of their ids, and notes how far it
-- has come; behind the intake's lock, alone.
CREATE FUNCTION try_match_rule(
  p_organization uuid, p_rule uuid, p_after uuid, p_actor text, p_max_bytes integer, p_max_depth integer,
  OUT is_left boolean
)
LANGUAGE plpgsql VOLATILE SET search_path FROM CURRENT AS $$
DECLARE
  most integer := events_of_a_step();
  events uuid[] := array(
    SELECT e.id FROM call_events e
    WHERE e.organization_id = p_organization AND e.match = 'PENDING' AND e.target = 'RULES'
      AND (p_after IS NULL OR e.id > p_after)
    ORDER BY e.id LIMIT most
  );
BEGIN
  INSERT INTO waiting_values (organization_id, rule_id, event_id, value)
  SELECT p_organization, r.id, e.id, match_value(e.metadata, r.metadata_path, r.call_field)
  FROM match_rules r JOIN call_events e ON e.organization_id = r.organization_id AND e.id = ANY (events)
  WHERE r.organization_id = p_organization AND r.id = p_rule AND r.deleted_at IS NULL
    AND match_value(e.metadata, r.metadata_path, r.call_field) IS NOT NULL
  ON CONFLICT DO NOTHING;
  SELECT s.is_left INTO is_left FROM settle_by_rules(p_organization, array(
    SELECT v.event_id FROM match_rules r
    JOIN waiting_values v ON v.organization_id = r.organization_id AND v.rule_id = r.id AND v.event_id = ANY (events)
    JOIN call_events e ON e.organization_id = v.organization_id AND e.id = v.event_id
    WHERE r.organization_id = p_organization AND r.id = p_rule
      AND EXISTS (SELECT FROM match_candidates(r.*, v.value, e.event_time))
  ), p_actor, '{}', p_max_bytes, p_max_depth) s;
  IF is_left OR cardinality(events) = most THEN
    INSERT INTO event_admissions (organization_id, id, rule_id, event_id, actor)
    VALUES (p_organization, new_uuid(), p_rule, CASE WHEN is_left THEN p_after ELSE events[most] END, p_actor);
    is_left := true;
  END IF;
END $$;
--> statement-breakpoint
-- Takes the next step of what earlier ones have left, of calls up to a hundred at once. Answers whether there is more. Two
-- at once do not take the same: what one has locked, the other passes over.
CREATE FUNCTION continue_event_admissions(
  p_organization uuid, p_max_bytes integer, p_max_depth integer, OUT is_left boolean
)
LANGUAGE plpgsql VOLATILE SET search_path FROM CURRENT AS $$
DECLARE
  intake bigint := hashtextextended(p_organization || ' intake', 0);
  next event_admissions;
  call_ids uuid[];
  group_ids uuid[];
BEGIN
  SELECT a.* INTO next FROM event_admissions a WHERE a.organization_id = p_organization ORDER BY a.id LIMIT 1;
  IF next.rule_id IS NULL THEN
    PERFORM pg_advisory_xact_lock_shared(intake);
  ELSE
    PERFORM pg_advisory_xact_lock(intake);
  END IF;
  DELETE FROM event_admissions a WHERE a.organization_id = p_organization AND a.id = (
    SELECT n.id FROM event_admissions n
    WHERE n.organization_id = p_organization AND (n.rule_id IS NULL) = (next.rule_id IS NULL)
    ORDER BY n.id LIMIT 1 FOR UPDATE SKIP LOCKED
  ) RETURNING a.* INTO next;
  IF NOT FOUND THEN
    is_left := false;
    RETURN;
  END IF;
  IF next.rule_id IS NOT NULL THEN
    PERFORM try_match_rule(p_organization, next.rule_id, next.event_id, next.actor, p_max_bytes, p_max_depth);
  ELSIF next.event_id IS NOT NULL THEN
    PERFORM admit_group_event(p_organization, next.event_id, next.actor, p_max_bytes, p_max_depth);
  ELSE
    WITH noted AS (
      DELETE FROM event_admissions a WHERE a.organization_id = p_organization AND a.id IN (
        SELECT n.id FROM event_admissions n
        WHERE n.organization_id = p_organization AND n.call_id IS NOT NULL AND n.actor = next.actor
        ORDER BY n.id LIMIT 99 FOR UPDATE SKIP LOCKED
      ) RETURNING a.call_id, a.group_id
    )
    SELECT array_agg(present.id), array_agg(n.group_id) INTO call_ids, group_ids
    FROM (SELECT * FROM noted UNION SELECT next.call_id, next.group_id) n
    CROSS JOIN LATERAL (
      SELECT coalesce(c.joined_into, c.id) AS id FROM calls c WHERE c.organization_id = p_organization AND c.id = n.call_id
    ) present;
    PERFORM admit_waiting_events(p_organization,
      array(SELECT DISTINCT n.id FROM unnest(call_ids, group_ids) n(id, group_id) WHERE n.group_id IS NULL),
      array(SELECT n.id FROM unnest(call_ids, group_ids) n(id, group_id) WHERE n.group_id IS NOT NULL),
      array(SELECT n.group_id FROM unnest(call_ids, group_ids) n(id, group_id) WHERE n.group_id IS NOT NULL),
      next.actor, '{}', p_max_bytes, p_max_depth);
  END IF;
  is_left := EXISTS (SELECT FROM event_admissions a WHERE a.organization_id = p_organization);
END $$;
--> statement-breakpoint
-- As before, but where p_is_sought says that the call gets a value which match rules look at, what waits for it is let in:
-- who gives a call such a value shares the intake's lock from before it writes. is_left says that there is more of that.
CREATE FUNCTION save_voice_call(
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
