CREATE TABLE "call_checkpoints" (
	"organization_id" uuid NOT NULL,
	"call_id" uuid NOT NULL,
	"pruned_at" timestamp (3) with time zone,
	"changed_at" timestamp (3) with time zone,
	"voice_call_times" jsonb,
	"left_groups" jsonb,
	"joined" jsonb,
	CONSTRAINT "call_checkpoints_organization_id_call_id_pk" PRIMARY KEY("organization_id","call_id")
);
--> statement-breakpoint
CREATE TABLE "checkpoint_patches" (
	"organization_id" uuid NOT NULL,
	"call_id" uuid NOT NULL,
	"effective_at" timestamp (3) with time zone NOT NULL,
	"arrival" bigint NOT NULL,
	"patch" jsonb NOT NULL,
	"id" uuid NOT NULL,
	"kind" text NOT NULL,
	"actor" text NOT NULL,
	"actor_type" text,
	"account_id" uuid,
	"event_id" uuid,
	"recorded_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "checkpoint_patches_organization_id_call_id_effective_at_arrival_id_pk" PRIMARY KEY("organization_id","call_id","effective_at","arrival","id")
);
--> statement-breakpoint
CREATE TABLE "pruned_changes" (
	"organization_id" uuid PRIMARY KEY NOT NULL,
	"label" bigint NOT NULL,
	"seq" bigint NOT NULL
);
--> statement-breakpoint
CREATE TABLE "retention" (
	"is_only" boolean PRIMARY KEY DEFAULT true NOT NULL,
	"claim" uuid,
	"claimed_until" timestamp (3) with time zone,
	"due_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "retention_is_only" CHECK ("retention"."is_only")
);
--> statement-breakpoint
ALTER TABLE "call_checkpoints" ADD CONSTRAINT "call_checkpoints_organization_id_call_id_calls_organization_id_id_fk" FOREIGN KEY ("organization_id","call_id") REFERENCES "public"."calls"("organization_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "checkpoint_patches" ADD CONSTRAINT "checkpoint_patches_organization_id_call_id_calls_organization_id_id_fk" FOREIGN KEY ("organization_id","call_id") REFERENCES "public"."calls"("organization_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "checkpoint_patches" ADD CONSTRAINT "checkpoint_patches_organization_id_account_id_vendor_accounts_organization_id_id_fk" FOREIGN KEY ("organization_id","account_id") REFERENCES "public"."vendor_accounts"("organization_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "pruned_changes" ADD CONSTRAINT "pruned_changes_organization_id_organizations_organization_id_fk" FOREIGN KEY ("organization_id") REFERENCES "public"."organizations"("organization_id") ON DELETE no action ON UPDATE no action;
--> statement-breakpoint
-- The patches of records: those of the log, and what still counts of those that were pruned. They count in the order of
-- (effective_at, arrival).
CREATE OR REPLACE FUNCTION call_ledger(p_organization uuid, p_records uuid[]) RETURNS TABLE (
  call_id uuid, effective_at timestamptz, arrival bigint, patch jsonb, event_id uuid, account_id uuid
)
LANGUAGE sql STABLE ROWS 20
BEGIN ATOMIC
  SELECT h.call_id, h.effective_at, h.arrival, h.patch, h.event_id, h.account_id FROM call_changes h
  WHERE h.organization_id = p_organization AND h.call_id = ANY (p_records) AND h.patch IS NOT NULL
  UNION ALL
  SELECT c.call_id, c.effective_at, c.arrival, c.patch, c.event_id, c.account_id FROM checkpoint_patches c
  WHERE c.organization_id = p_organization AND c.call_id = ANY (p_records);
END;
--> statement-breakpoint
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
--> statement-breakpoint
-- Takes a dismissed event out of calls in which it still counts, one step of them: at most p_most, whose metadata has about
-- eight mebibytes. The log keeps its rows there without the patch, so that the metadata stays the fold of the ledger, and
-- only the event's own top-level keys are folded again. What the patch had replaced is lost where both were pruned. What is
-- left is noted in event_admissions. Needs the intake's lock, at least shared, so that no call is joined or erased meanwhile.
-- Returns whether more calls are left.
CREATE OR REPLACE FUNCTION withdraw_event(p_organization uuid, p_event uuid, p_actor text, p_most integer)
RETURNS boolean
LANGUAGE plpgsql VOLATILE SET search_path FROM CURRENT AS $$
DECLARE
  most_bytes CONSTANT bigint := 8388608;
  event call_events;
  keys text[];
  counted uuid[];
  targets uuid[];
  records uuid[];
  is_left boolean;
  recorded timestamptz(3);
BEGIN
  SELECT e.* INTO event FROM call_events e
  WHERE e.organization_id = p_organization AND e.id = p_event AND e.match = 'DISMISSED';
  IF NOT FOUND THEN
    RETURN false;
  END IF;
  -- One more, to see whether any is left.
  counted := array(
    SELECT a.call_id FROM call_event_calls a
    WHERE a.organization_id = p_organization AND a.event_id = p_event AND EXISTS (
      SELECT FROM (
        SELECT a.call_id AS id UNION ALL
        SELECT r.id FROM calls r WHERE r.organization_id = p_organization AND r.joined_into = a.call_id
      ) r
      CROSS JOIN LATERAL call_ledger(p_organization, ARRAY[r.id]) h
      WHERE h.effective_at = event.event_time AND h.arrival = event.arrival AND h.event_id = p_event
    )
    ORDER BY a.call_id LIMIT p_most + 1
  );
  targets := array(
    SELECT t.id FROM (
      SELECT c.id, sum(pg_column_size(c.metadata)) OVER (ORDER BY c.id) - pg_column_size(c.metadata) AS before
      FROM calls c WHERE c.organization_id = p_organization AND c.id = ANY (counted)
    ) t WHERE t.before < most_bytes ORDER BY t.id LIMIT p_most
  );
  is_left := cardinality(counted) > cardinality(targets);
  PERFORM FROM calls c
  WHERE c.organization_id = p_organization AND c.id = ANY (targets) ORDER BY c.id FOR NO KEY UPDATE;
  recorded := clock_timestamp();
  keys := array(SELECT jsonb_object_keys(event.metadata));
  records := targets || array(
    SELECT r.id FROM calls r WHERE r.organization_id = p_organization AND r.joined_into = ANY (targets)
  );
  UPDATE call_changes h SET patch = NULL
  WHERE h.organization_id = p_organization AND h.call_id = ANY (records) AND h.patch IS NOT NULL
    AND h.effective_at = event.event_time AND h.arrival = event.arrival AND h.event_id = p_event;
  -- After the log: a row that is pruned meanwhile is here then.
  DELETE FROM checkpoint_patches c
  WHERE c.organization_id = p_organization AND c.call_id = ANY (records) AND c.effective_at = event.event_time
    AND c.arrival = event.arrival AND c.event_id = p_event;
  WITH target AS MATERIALIZED (
    SELECT c.id, c.revision, c.metadata, next_change_label(c.change_label) AS label, (c.metadata - keys) || (
      SELECT metadata_fold(part.patch ORDER BY h.effective_at, h.arrival)
      FROM (
        SELECT c.id UNION ALL
        SELECT j.id FROM calls j WHERE j.organization_id = p_organization AND j.joined_into = c.id
      ) r
      CROSS JOIN LATERAL call_ledger(p_organization, ARRAY[r.id]) h
      CROSS JOIN LATERAL (
        SELECT jsonb_object_agg(m.key, m.value) AS patch FROM jsonb_each(h.patch) m WHERE m.key = ANY (keys)
      ) part
      WHERE h.patch ?| keys
    ) AS folded
    FROM calls c WHERE c.organization_id = p_organization AND c.id = ANY (targets)
  ), judged AS (
    SELECT t.*, t.folded <> t.metadata AS is_effective FROM target t
  ), logged AS (
    INSERT INTO call_changes (organization_id, label, seq, id, call_id, kind, actor, revision, event_id, effective_at,
      old_values, new_values, recorded_at)
    SELECT p_organization, j.label, nextval('call_change_seq'), new_uuid(), j.id, 'EVENT_DISMISSED', p_actor,
      CASE WHEN j.is_effective THEN j.revision + 1 END, p_event, recorded,
      CASE WHEN j.is_effective
        THEN jsonb_build_object('metadata', changed_members(j.metadata, j.folded)) ELSE '{}' END,
      CASE WHEN j.is_effective
        THEN jsonb_build_object('metadata', changed_members(j.folded, j.metadata)) ELSE '{}' END,
      recorded
    FROM judged j
  )
  UPDATE calls c SET metadata = j.folded, change_label = j.label, revision = j.revision + j.is_effective::int,
    updated_at = CASE WHEN j.is_effective THEN recorded ELSE c.updated_at END
  FROM judged j WHERE c.organization_id = p_organization AND c.id = j.id;
  IF is_left THEN
    INSERT INTO event_admissions (organization_id, id, event_id, actor)
    SELECT p_organization, new_uuid(), p_event, p_actor
    WHERE NOT EXISTS (
      SELECT FROM event_admissions a
      WHERE a.organization_id = p_organization AND a.event_id = p_event AND a.rule_id IS NULL
    );
  END IF;
  RETURN is_left;
END $$;
--> statement-breakpoint
-- The cover of later patches and of one more: true for a member that one of them sets or removes as a whole, an object for
-- one that they only go into.
CREATE OR REPLACE FUNCTION cover_of_patches(cover jsonb, patch jsonb) RETURNS jsonb
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path FROM CURRENT AS $$
BEGIN
  RETURN cover || (
    SELECT coalesce(jsonb_object_agg(m.key, CASE
      WHEN jsonb_typeof(m.value) <> 'object' OR cover -> m.key = 'true' THEN 'true'::jsonb
      ELSE cover_of_patches(coalesce(cover -> m.key, '{}'), m.value) END), '{}')
    FROM jsonb_each(patch) m
  );
END $$;
--> statement-breakpoint
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
--> statement-breakpoint
-- The metadata after a patch that is older than the newest one. The top-level keys of a merge patch do not depend on
-- each other, so only the patch's own keys are folded again from the ledger, and only if a later patch touches them.
-- The ledger includes the rows of every call that was joined into this one. Call it under the call's lock, before the
-- patch's own row is in the log.
CREATE OR REPLACE FUNCTION late_patch(
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
    SELECT FROM call_ledger(p_organization, records) h
    WHERE (h.effective_at, h.arrival) > (p_at, p_arrival) AND h.patch ?| keys
  ) THEN
    RETURN merge_patch(p_metadata, p_patch);
  END IF;
  SELECT metadata_fold(
    (SELECT coalesce(jsonb_object_agg(m.key, m.value), '{}') FROM jsonb_each(ledger.patch) m WHERE m.key = ANY (keys))
    ORDER BY ledger.effective_at, ledger.arrival
  ) INTO folded
  FROM (
    SELECT h.patch, h.effective_at, h.arrival FROM call_ledger(p_organization, records) h WHERE h.patch ?| keys
    UNION ALL
    SELECT p_patch, p_at, p_arrival
  ) ledger;
  RETURN (p_metadata - keys) || folded;
END $$;
--> statement-breakpoint
-- Those of the given calls that may be pruned: ended (p_ended has the statuses), unchanged since p_before, without children,
-- and with nothing left to do: no delivery that is to be sent or replayed, no message to be processed, no admission, and no
-- undecided event that may still be assigned to them.
CREATE OR REPLACE FUNCTION prunable_calls(
  p_organization uuid, p_calls uuid[], p_ended text[], p_before timestamptz
) RETURNS uuid[]
LANGUAGE plpgsql STABLE SET search_path FROM CURRENT AS $$
DECLARE
  due uuid[] := array(
    SELECT c.id FROM calls c
    WHERE c.organization_id = p_organization AND c.id = ANY (p_calls) AND c.joined_into IS NULL
      AND c.updated_at < p_before AND c.status = ANY (p_ended)
      AND NOT EXISTS (SELECT FROM calls k WHERE k.organization_id = p_organization AND k.parent_id = c.id)
      AND NOT EXISTS (
        SELECT FROM deliveries d
        WHERE d.organization_id = p_organization AND d.call_id = c.id
          AND d.state IN ('PENDING', 'RETRYING', 'INCOMPLETE', 'DEAD')
      ) AND NOT EXISTS (
        SELECT FROM inbound_messages m
        WHERE m.organization_id = p_organization AND m.call_id = c.id AND m.next_attempt_at IS NOT NULL
      ) AND NOT EXISTS (
        SELECT FROM event_admissions a
        WHERE a.organization_id = p_organization AND (a.call_id = c.id OR a.group_id IN (
          SELECT m.group_id FROM call_group_members m WHERE m.organization_id = p_organization AND m.call_id = c.id
        ))
      )
  );
  reach interval;
  earliest timestamptz;
  latest timestamptz;
BEGIN
  IF cardinality(due) = 0 THEN
    RETURN due;
  END IF;
  SELECT make_interval(mins => max(r.window_minutes)) INTO reach FROM match_rules r
  WHERE r.organization_id = p_organization AND r.deleted_at IS NULL;
  SELECT min(o.at), max(o.at) INTO earliest, latest FROM calls c
  CROSS JOIN LATERAL (SELECT coalesce(c.started_at, c.ringing_at, c.created_at) AS at) o
  WHERE c.organization_id = p_organization AND c.id = ANY (due);
  RETURN array(
    SELECT unnest(due) EXCEPT
    SELECT k.id FROM call_events e
    CROSS JOIN LATERAL find_match(p_organization, e.metadata, e.event_time) decided
    JOIN match_rules r ON r.organization_id = p_organization AND r.id = decided.rule_id
    CROSS JOIN LATERAL match_candidates(r, match_value(e.metadata, r.metadata_path, r.call_field), e.event_time) k(id)
    WHERE e.organization_id = p_organization AND e.match = 'AMBIGUOUS'
      AND e.event_time BETWEEN earliest - reach AND latest + reach
  );
END $$;
--> statement-breakpoint
-- Erases those of the given calls that may be pruned, as they are under their locks: see prunable_calls. Returns how many.
CREATE OR REPLACE FUNCTION prune_calls(
  p_organization uuid, p_calls uuid[], p_ended text[], p_before timestamptz, p_actor text
) RETURNS integer
LANGUAGE plpgsql VOLATILE SET search_path FROM CURRENT AS $$
BEGIN
  -- In the order of erase_calls.
  PERFORM pg_advisory_xact_lock(hashtextextended(p_organization || ' intake', 0));
  PERFORM FROM calls c
  WHERE c.organization_id = p_organization AND c.joined_into = ANY (p_calls) ORDER BY c.id FOR UPDATE;
  PERFORM FROM calls c WHERE c.organization_id = p_organization AND c.id = ANY (p_calls) ORDER BY c.id FOR UPDATE;
  RETURN cardinality(
    erase_calls(p_organization, prunable_calls(p_organization, p_calls, p_ended, p_before), p_actor)
  );
END $$;
--> statement-breakpoint
-- Prunes events that came before p_before (the first id of that time) and are decided: one step of those after p_after. The
-- patches that they left in calls stay. Passes over those with a delivery that is to be sent or replayed, or whose admission
-- or dismissal goes on. `last` is where the step ended, null at the end.
CREATE OR REPLACE FUNCTION prune_events(
  p_organization uuid, p_after uuid, p_before uuid, p_most integer, OUT pruned integer, OUT last uuid
)
LANGUAGE plpgsql VOLATILE SET search_path FROM CURRENT AS $$
DECLARE
  decided CONSTANT text[] := '{MATCHED,TOO_LARGE,DISMISSED}';
  due uuid[];
BEGIN
  SELECT CASE WHEN count(*) = p_most THEN (array_agg(s.id ORDER BY s.id DESC))[1] END,
    coalesce(array_agg(s.id) FILTER (WHERE s.match = ANY (decided)), '{}')
  INTO last, due
  FROM (
    SELECT e.id, e.match FROM call_events e
    WHERE e.organization_id = p_organization AND e.id > p_after AND e.id < p_before ORDER BY e.id LIMIT p_most
  ) s;
  pruned := 0;
  IF cardinality(due) = 0 THEN
    RETURN;
  END IF;
  -- No event is decided, assigned, applied or withdrawn meanwhile.
  PERFORM pg_advisory_xact_lock(hashtextextended(p_organization || ' intake', 0));
  PERFORM FROM deliveries d
  WHERE d.organization_id = p_organization AND d.event_id = ANY (due) ORDER BY d.id FOR UPDATE;
  due := array(
    SELECT e.id FROM call_events e
    WHERE e.organization_id = p_organization AND e.id = ANY (due) AND e.match = ANY (decided) AND NOT EXISTS (
      SELECT FROM deliveries d
      WHERE d.organization_id = p_organization AND d.event_id = e.id
        AND d.state IN ('PENDING', 'RETRYING', 'INCOMPLETE', 'DEAD')
    ) AND NOT EXISTS (
      SELECT FROM event_admissions a
      WHERE a.organization_id = p_organization AND (a.event_id = e.id AND a.rule_id IS NULL OR a.group_id = e.group_id)
    )
  );
  DELETE FROM call_event_calls a WHERE a.organization_id = p_organization AND a.event_id = ANY (due);
  PERFORM erase_events(p_organization, due);
  pruned := cardinality(due);
END $$;
--> statement-breakpoint
-- What still counts of a merge patch under the cover of later ones (see cover_of_patches): null if nothing. A member that a
-- later patch sets or removes is dropped; so is one that is an object where later patches keep it an object, down to what
-- they do not touch. All the rest stays, so that the fold with any further patches, of whatever times, is the same.
CREATE OR REPLACE FUNCTION uncovered_members(patch jsonb, cover jsonb) RETURNS jsonb
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path FROM CURRENT AS $$
BEGIN
  RETURN (
    SELECT jsonb_object_agg(m.key, m.value) FROM (
      SELECT m.key, CASE WHEN jsonb_typeof(m.value) = 'object' AND jsonb_typeof(cover -> m.key) = 'object'
        THEN uncovered_members(m.value, cover -> m.key) ELSE m.value END AS value
      FROM jsonb_each(patch) m WHERE (cover -> m.key = 'true') IS NOT TRUE
    ) m
    WHERE m.value IS NOT NULL
  );
END $$;
--> statement-breakpoint
-- Prunes the oldest rows of an organization's log that were recorded before p_before: one step of at most p_most, with
-- about four mebibytes. What the records' other rows need of them goes into call_checkpoints, and what still counts of their
-- patches into checkpoint_patches, so that the ledger folds as before with any patch that comes later. Locks the records
-- against erasures alone: the calls do not change. A plan that was made while the checkpoints were empty would scan them. Returns how many rows are gone; 0 at the end.
CREATE OR REPLACE FUNCTION prune_log(p_organization uuid, p_before timestamptz, p_most integer) RETURNS integer
LANGUAGE plpgsql VOLATILE SET search_path FROM CURRENT SET enable_seqscan = off AS $$
DECLARE
  most_bytes CONSTANT bigint := 4194304;
  place record;
  step record;
  present uuid[];
  gone call_changes[];
  target record;
  keys text[];
  entry record;
  cover jsonb;
  remaining jsonb;
BEGIN
  INSERT INTO pruned_changes (organization_id, label, seq) VALUES (p_organization, 0, 0) ON CONFLICT DO NOTHING;
  SELECT p.label, p.seq INTO place FROM pruned_changes p WHERE p.organization_id = p_organization FOR NO KEY UPDATE;
  SELECT array_agg(DISTINCT s.call_id) AS records, max(s.label) AS label,
    (array_agg(s.seq ORDER BY s.label DESC, s.seq DESC))[1] AS seq, count(*) AS rows
  INTO step
  FROM (
    SELECT h.label, h.seq, h.call_id, h.bytes_before,
      bool_and(h.recorded_at < p_before AND (h.label, h.seq) < (h.end_label, h.end_seq)) OVER (ORDER BY h.label, h.seq) AS is_due
    FROM (
      SELECT c.label, c.seq, c.call_id, c.recorded_at, e.label AS end_label, e.seq AS end_seq,
        sum(pg_column_size(c.*)) OVER (ORDER BY c.label, c.seq) - pg_column_size(c.*) AS bytes_before
      FROM log_end() e CROSS JOIN LATERAL (
        SELECT h.* FROM call_changes h
        WHERE h.organization_id = p_organization AND h.label >= place.label AND (h.label, h.seq) > (place.label, place.seq)
        ORDER BY h.label, h.seq LIMIT p_most
      ) c
    ) h
  ) s
  WHERE s.is_due AND s.bytes_before < most_bytes;
  IF step.rows = 0 THEN
    RETURN 0;
  END IF;
  -- In the order of an erasure, which deletes what this writes.
  PERFORM FROM calls c
  WHERE c.organization_id = p_organization AND c.id = ANY (step.records) AND c.joined_into IS NOT NULL
  ORDER BY c.id FOR KEY SHARE;
  PERFORM FROM calls c
  WHERE c.organization_id = p_organization AND c.id = ANY (step.records) AND c.joined_into IS NULL
  ORDER BY c.id FOR KEY SHARE;
  present := array(
    SELECT c.id FROM calls c WHERE c.organization_id = p_organization AND c.id = ANY (step.records)
  );
  WITH d AS (
    DELETE FROM call_changes h
    WHERE h.organization_id = p_organization AND h.label BETWEEN place.label AND step.label
      AND (h.label, h.seq) > (place.label, place.seq) AND (h.label, h.seq) <= (step.label, step.seq)
    RETURNING h AS entry
  )
  SELECT coalesce(array_agg(d.entry), '{}') INTO gone FROM d;
  DELETE FROM erased_changes e
  WHERE e.organization_id = p_organization AND (e.label, e.seq) <= (step.label, step.seq);
  UPDATE pruned_changes p SET label = step.label, seq = step.seq WHERE p.organization_id = p_organization;
  FOR target IN
    SELECT g.call_id AS id, array_agg(g ORDER BY g.label, g.seq) AS rows FROM unnest(gone) g
    WHERE g.call_id = ANY (present) GROUP BY g.call_id
  LOOP
    INSERT INTO call_checkpoints AS k (organization_id, call_id, pruned_at, changed_at, voice_call_times, left_groups)
    SELECT p_organization, target.id, max(g.recorded_at), max(g.recorded_at) FILTER (WHERE g.revision IS NOT NULL), (
        SELECT jsonb_object_agg(f.field, CASE WHEN v.account_id IS NULL
          THEN floor(extract(epoch FROM v.recorded_at) * 1000) END ORDER BY v.label, v.seq)
        FROM unnest(target.rows) v CROSS JOIN LATERAL jsonb_object_keys(v.new_values -> 'voiceCall') f(field)
        WHERE v.kind IN ('VOICE_CALL_CREATED', 'VOICE_CALL_UPDATED')
      ), (
        SELECT jsonb_agg(DISTINCT o.each) FROM unnest(target.rows) l
        CROSS JOIN LATERAL jsonb_path_query(l.old_values, '$.groups[*]') o(each)
      )
    FROM unnest(target.rows) g
    ON CONFLICT (organization_id, call_id) DO UPDATE SET
      pruned_at = greatest(k.pruned_at, excluded.pruned_at), changed_at = coalesce(excluded.changed_at, k.changed_at),
      voice_call_times = coalesce(k.voice_call_times || excluded.voice_call_times, excluded.voice_call_times,
        k.voice_call_times),
      left_groups = coalesce(k.left_groups || excluded.left_groups, excluded.left_groups, k.left_groups);
    keys := array(
      SELECT DISTINCT jsonb_object_keys(g.patch) FROM unnest(target.rows) g WHERE g.patch IS NOT NULL
    );
    CONTINUE WHEN cardinality(keys) = 0;
    cover := '{}';
    -- The top-level keys of a merge patch do not depend on each other, so only those of the pruned ones are looked at.
    FOR entry IN
      SELECT c.effective_at, c.arrival, c.patch, c.id, c.kind, c.actor, c.actor_type, c.account_id, c.event_id,
        c.recorded_at, true AS is_kept
      FROM checkpoint_patches c
      WHERE c.organization_id = p_organization AND c.call_id = target.id AND c.patch ?| keys
      UNION ALL
      SELECT g.effective_at, g.arrival, g.patch, g.id, g.kind, g.actor, g.actor_type, g.account_id, g.event_id,
        g.recorded_at, false
      FROM unnest(target.rows) g WHERE g.patch IS NOT NULL
      ORDER BY effective_at DESC, arrival DESC
    LOOP
      remaining := uncovered_members(entry.patch, cover);
      IF NOT entry.is_kept THEN
        IF remaining IS NOT NULL THEN
          INSERT INTO checkpoint_patches (organization_id, call_id, effective_at, arrival, patch, id, kind, actor,
            actor_type, account_id, event_id, recorded_at)
          VALUES (p_organization, target.id, entry.effective_at, entry.arrival, remaining, entry.id, entry.kind,
            entry.actor, entry.actor_type, entry.account_id, entry.event_id, entry.recorded_at);
        END IF;
      ELSIF remaining IS NULL THEN
        DELETE FROM checkpoint_patches c
        WHERE c.organization_id = p_organization AND c.call_id = target.id AND c.effective_at = entry.effective_at
          AND c.arrival = entry.arrival AND c.id = entry.id;
      ELSIF remaining <> entry.patch THEN
        UPDATE checkpoint_patches c SET patch = remaining
        WHERE c.organization_id = p_organization AND c.call_id = target.id AND c.effective_at = entry.effective_at
          AND c.arrival = entry.arrival AND c.id = entry.id;
      END IF;
      IF remaining IS NOT NULL THEN
        cover := cover_of_patches(cover, remaining);
      END IF;
    END LOOP;
  END LOOP;
  RETURN cardinality(gone);
END $$;
--> statement-breakpoint
-- Starts a new epoch if the log has moved (log_home) or has labels that no transaction of this cluster can have drawn:
-- new labels must be above everything that was ever logged, including rows that were lost. The table lock waits for
-- running writers.
CREATE OR REPLACE FUNCTION raise_call_change_epoch() RETURNS void
LANGUAGE plpgsql VOLATILE SET search_path FROM CURRENT AS $$
DECLARE
  newest CONSTANT bigint := (
    SELECT greatest(max(last.label), (SELECT max(p.label) FROM pruned_changes p))
    FROM organizations o CROSS JOIN LATERAL (
      SELECT c.label FROM call_changes c WHERE c.organization_id = o.organization_id ORDER BY c.label DESC LIMIT 1
    ) last
  );
BEGIN
  PERFORM FROM log_epoch
  WHERE home = log_home()
    AND coalesce(newest, 0) <= (epoch << 48) + pg_snapshot_xmax(pg_current_snapshot())::text::bigint;
  IF FOUND THEN
    RETURN;
  END IF;
  LOCK TABLE calls IN EXCLUSIVE MODE;
  UPDATE log_epoch SET epoch = epoch + 1, home = log_home();
END $$;
--> statement-breakpoint
-- The first round of pruning is due at once.
INSERT INTO "retention" ("due_at") VALUES (clock_timestamp());
