CREATE TABLE "erased_changes" (
	"organization_id" uuid NOT NULL,
	"label" bigint NOT NULL,
	"seq" bigint NOT NULL,
	CONSTRAINT "erased_changes_organization_id_label_seq_pk" PRIMARY KEY("organization_id","label","seq")
);
--> statement-breakpoint
CREATE TABLE "call_search" (
	"organization_id" uuid NOT NULL,
	"call_id" uuid NOT NULL,
	"source" uuid NOT NULL,
	"text" text NOT NULL,
	"numbers" text,
	CONSTRAINT "call_search_organization_id_call_id_source_pk" PRIMARY KEY("organization_id","call_id","source")
);
--> statement-breakpoint
CREATE TABLE "persisted_operations" (
	"organization_id" uuid NOT NULL,
	"hash" "bytea" NOT NULL,
	"document" text NOT NULL,
	"size" integer GENERATED ALWAYS AS (octet_length(document)) STORED NOT NULL,
	"used_at" timestamp (3) with time zone DEFAULT clock_timestamp() NOT NULL,
	CONSTRAINT "persisted_operations_organization_id_hash_pk" PRIMARY KEY("organization_id","hash")
);
--> statement-breakpoint
ALTER TABLE "call_changes" DROP CONSTRAINT "call_changes_organization_id_call_id_calls_organization_id_id_fk";
--> statement-breakpoint
ALTER TABLE "call_changes" DROP CONSTRAINT "call_changes_organization_id_event_id_call_events_organization_id_id_fk";
--> statement-breakpoint
ALTER TABLE "call_events" ADD COLUMN "updated_at" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "call_events" ADD COLUMN "recorded_in" bigint;--> statement-breakpoint
ALTER TABLE "call_events" ADD COLUMN "waited" boolean;--> statement-breakpoint
ALTER TABLE "call_imports" ADD COLUMN "to_ask" integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "call_imports" ADD COLUMN "asked" integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "call_imports" ADD COLUMN "is_asking" boolean DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE "call_imports" ADD COLUMN "asked_after" text;--> statement-breakpoint
ALTER TABLE "call_references" ADD COLUMN "vendor_updated_at" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "call_references" ADD COLUMN "fetched_at" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "calls" ADD COLUMN "field_times" jsonb;--> statement-breakpoint
ALTER TABLE "organizations" ADD COLUMN "deleted_at" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "vendor_accounts" ADD COLUMN "updates_tries" integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "vendor_accounts" ADD COLUMN "updates_done" text[] DEFAULT '{}' NOT NULL;--> statement-breakpoint
ALTER TABLE "erased_changes" ADD CONSTRAINT "erased_changes_organization_id_organizations_organization_id_fk" FOREIGN KEY ("organization_id") REFERENCES "public"."organizations"("organization_id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "call_search" ADD CONSTRAINT "call_search_organization_id_call_id_calls_organization_id_id_fk" FOREIGN KEY ("organization_id","call_id") REFERENCES "public"."calls"("organization_id","id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "persisted_operations" ADD CONSTRAINT "persisted_operations_organization_id_organizations_organization_id_fk" FOREIGN KEY ("organization_id") REFERENCES "public"."organizations"("organization_id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "call_events_updated_index" ON "call_events" USING btree ("organization_id","updated_at","id") WHERE updated_at is not null;--> statement-breakpoint
CREATE INDEX "calls_occurred_index" ON "calls" USING btree ("organization_id",coalesce(started_at, ringing_at, created_at),"id") WHERE joined_into is null;
--> statement-breakpoint
-- Applies a group's event to the group's calls, except those that already have it or refused it. Takes one step:
-- is_left says that more calls remain; they are then noted in event_admissions.
CREATE OR REPLACE FUNCTION admit_group_event(
  p_organization uuid, p_event uuid, p_actor text, p_max_bytes integer, p_max_depth integer, OUT is_left boolean
)
LANGUAGE plpgsql VOLATILE SET search_path FROM CURRENT AS $$
DECLARE
  most integer := events_of_a_step();
  targets uuid[] := array(
    SELECT m.call_id FROM call_events e
    JOIN call_group_members m ON m.organization_id = e.organization_id AND m.group_id = e.group_id
    WHERE e.organization_id = p_organization AND e.id = p_event AND e.match <> 'DISMISSED' AND NOT EXISTS (
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
-- Bird's ids are UUIDs, which have no case: they are stored and compared like this. birdId in bird-id.ts is the same.
CREATE OR REPLACE FUNCTION bird_id(value text) RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN lower(value);
--> statement-breakpoint
-- The value by which waiting events are found. References of all systems as Bird's, for it is not yet known which
-- system's it is; whether the call is a candidate is checked again afterwards.
CREATE OR REPLACE FUNCTION waiting_value(metadata jsonb, path text[], call_field text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path FROM CURRENT
RETURN CASE
  WHEN call_field = 'REFERENCE' THEN bird_id(match_value(metadata, path, call_field))
  ELSE match_value(metadata, path, call_field)
END;
--> statement-breakpoint
-- The accounts of a vendor that may have the call: the one that named it, else the only one, else for Bird the one with
-- its workspace and channel. If that leaves a doubt, all of them, and is_certain is false. A call that an account named
-- which is deleted is no other account's for certain: vendors' ids are small numbers, and the other may have one alike.
CREATE OR REPLACE FUNCTION vendor_accounts_of_call(p_organization uuid, p_call uuid, p_system text)
RETURNS TABLE (account_id uuid, is_certain boolean)
LANGUAGE sql STABLE SET search_path FROM CURRENT
BEGIN ATOMIC
  WITH possible AS (
    SELECT a.id, EXISTS (
        SELECT FROM call_references r
        WHERE r.organization_id = p_organization AND r.call_id = p_call AND r.system = p_system AND r.account_id = a.id
      ) AS named_it,
      EXISTS (
        SELECT FROM calls c
        WHERE c.organization_id = p_organization AND c.id = p_call AND bird_id(c.workspace_id) = bird_id(a.settings ->> 'workspaceId')
          AND coalesce(bird_id(c.channel_id) = bird_id(a.settings ->> 'channelId'), true)
      ) AS has_its_place
    FROM vendor_accounts a
    WHERE a.organization_id = p_organization AND a.system = p_system AND a.deleted_at IS NULL
  ), counted AS (
    SELECT p.*, count(*) OVER () AS number, count(*) FILTER (WHERE p.named_it) OVER () AS naming,
      count(*) FILTER (WHERE p.has_its_place) OVER () AS placed, EXISTS (
        SELECT FROM call_references r
        WHERE r.organization_id = p_organization AND r.call_id = p_call AND r.system = p_system
          AND r.account_id IS NOT NULL
      ) AS is_named
    FROM possible p
  )
  SELECT c.id, c.naming = 1 OR NOT c.is_named AND (c.number = 1 OR c.placed = 1)
  FROM counted c
  WHERE CASE WHEN c.naming > 0 THEN c.named_it WHEN c.is_named THEN true
    WHEN c.number > 1 AND c.placed > 0 THEN c.has_its_place ELSE true END;
END;
--> statement-breakpoint
-- The calls that a rule finds for a value at a time. The index lookup is materialized, or the planner may hope for an
-- early match and scan all calls.
CREATE OR REPLACE FUNCTION match_candidates(rule match_rules, value text, at timestamptz) RETURNS SETOF uuid
LANGUAGE plpgsql STABLE SET search_path FROM CURRENT AS $$
DECLARE
  reach interval := make_interval(mins => rule.window_minutes);
BEGIN
  CASE rule.call_field
  WHEN 'FROM' THEN
    RETURN QUERY WITH found AS MATERIALIZED (
      SELECT c.* FROM calls c
      WHERE c.organization_id = rule.organization_id AND comparable_number(c.from_address) = value)
    SELECT f.id FROM found f WHERE is_candidate(f.*, at, reach);
  WHEN 'TO' THEN
    RETURN QUERY WITH found AS MATERIALIZED (
      SELECT c.* FROM calls c
      WHERE c.organization_id = rule.organization_id AND comparable_number(c.to_address) = value)
    SELECT f.id FROM found f WHERE is_candidate(f.*, at, reach);
  WHEN 'CUSTOMER_NUMBER' THEN
    RETURN QUERY WITH found AS MATERIALIZED (
      SELECT c.* FROM calls c
      WHERE c.organization_id = rule.organization_id AND comparable_number(c.customer_number) = value)
    SELECT f.id FROM found f WHERE is_candidate(f.*, at, reach);
  WHEN 'REFERENCE' THEN
    RETURN QUERY WITH found AS MATERIALIZED (
      SELECT DISTINCT r.call_id FROM call_references r
      WHERE r.organization_id = rule.organization_id
        AND (r.value = match_candidates.value OR r.system = 'BIRD' AND r.value = bird_id(match_candidates.value)))
    SELECT c.id FROM found f JOIN calls c ON c.organization_id = rule.organization_id AND c.id = f.call_id
    WHERE is_candidate(c.*, at, reach);
  WHEN 'METADATA' THEN
    -- The number 42 equals the string "42"; numbers compare as they are written.
    RETURN QUERY WITH found AS MATERIALIZED (
      SELECT c.* FROM calls c
      WHERE c.organization_id = rule.organization_id AND (
        c.metadata @> object_at(rule.call_metadata_path, to_jsonb(value))
        OR c.metadata @> object_at(rule.call_metadata_path,
          CASE WHEN value ~ '^-?(0|[1-9][0-9]{0,99})(\.[0-9]{1,100})?$' THEN value::jsonb ELSE to_jsonb(value) END)))
    SELECT f.id FROM found f
    WHERE match_value(f.metadata, rule.call_metadata_path, 'METADATA') = value AND is_candidate(f.*, at, reach);
  END CASE;
END $$;
--> statement-breakpoint
-- Finds the call for an event that names none. The oldest rule with a candidate decides; without one, rule_id is null
-- and candidates is empty. At most two candidates, because more would change nothing. is_seen says that at least one rule finds a value in the event: without a value, no call can
-- match.
CREATE OR REPLACE FUNCTION find_match(
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
    candidates := array(SELECT match_candidates(rule, value, p_at) LIMIT 2);
    IF cardinality(candidates) > 0 THEN
      rule_id := rule.id;
      RETURN;
    END IF;
  END LOOP;
  candidates := '{}';
END $$;
--> statement-breakpoint
-- Applies the events that wait for calls that were just written: events that named one of their references, events of
-- the groups that the calls joined (pairs of p_joined_calls and p_joined_groups), events that a match rule finds, and
-- what earlier steps left over. Takes one step: is_left says that more remains; it is then noted in event_admissions.
CREATE OR REPLACE FUNCTION admit_waiting_events(
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
    -- Another process finishes what it has locked.
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
        WHERE e.organization_id = p_organization AND e.group_id = j.group_id AND e.match <> 'DISMISSED' AND NOT EXISTS (
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
        SELECT bird_id(f.value) FROM call_references f
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
-- The calls that a number took part in, however it is written: one step of them.
CREATE OR REPLACE FUNCTION calls_of_number(p_organization uuid, p_number text, p_most integer) RETURNS SETOF uuid
LANGUAGE sql STABLE SET search_path FROM CURRENT
BEGIN ATOMIC
  SELECT DISTINCT coalesce(c.joined_into, c.id) FROM (
    SELECT f.id, f.joined_into FROM calls f
    WHERE f.organization_id = p_organization AND comparable_number(f.from_address) = comparable_number(p_number)
    UNION ALL
    SELECT t.id, t.joined_into FROM calls t
    WHERE t.organization_id = p_organization AND comparable_number(t.to_address) = comparable_number(p_number)
    UNION ALL
    SELECT n.id, n.joined_into FROM calls n
    WHERE n.organization_id = p_organization AND comparable_number(n.customer_number) = comparable_number(p_number)
    UNION ALL
    SELECT v.call_id, NULL FROM voice_calls v
    WHERE v.organization_id = p_organization AND v.from_number = comparable_number(p_number)
    UNION ALL
    SELECT v.call_id, NULL FROM voice_calls v
    WHERE v.organization_id = p_organization AND v.to_number = comparable_number(p_number)
  ) c LIMIT p_most;
END;
--> statement-breakpoint
-- Takes imports to go on with, for p_lease: one of an account, those that have waited longest first. One that is not settled within the lease is taken over.
CREATE OR REPLACE FUNCTION claim_imports(p_claim uuid, p_lease interval, p_most integer) RETURNS SETOF call_imports
LANGUAGE sql VOLATILE SET search_path FROM CURRENT AS $$
  UPDATE call_imports i SET claim = p_claim, claimed_until = clock_timestamp() + p_lease, attempts = i.attempts + 1
  FROM (
    SELECT d.organization_id, d.id FROM vendor_accounts a
    CROSS JOIN LATERAL (
      SELECT r.organization_id, r.id, r.next_attempt_at FROM call_imports r
      WHERE r.organization_id = a.organization_id AND r.account_id = a.id AND r.state = 'RUNNING'
        AND r.next_attempt_at <= clock_timestamp() AND coalesce(r.claimed_until <= clock_timestamp(), true)
      FOR NO KEY UPDATE SKIP LOCKED
    ) d
    WHERE a.deleted_at IS NULL AND a.receives AND NOT a.paused
    ORDER BY d.next_attempt_at, d.id
    LIMIT p_most
  ) due
  WHERE i.organization_id = due.organization_id AND i.id = due.id
  RETURNING i.*;
$$;
--> statement-breakpoint
-- Takes inbound messages to process, for p_lease: of each account at most p_at_once at a time, those that are due first. A
-- message that is not settled within the lease is taken over.
CREATE OR REPLACE FUNCTION claim_messages(p_claim uuid, p_lease interval, p_at_once integer, p_most integer)
RETURNS SETOF inbound_messages
LANGUAGE sql VOLATILE SET search_path FROM CURRENT AS $$
  UPDATE inbound_messages m SET claim = p_claim, claimed_until = clock_timestamp() + p_lease, attempts = m.attempts + 1
  FROM (
    SELECT d.organization_id, d.id FROM vendor_accounts a
    CROSS JOIN LATERAL (
      SELECT count(*) AS number FROM inbound_messages c
      WHERE c.organization_id = a.organization_id AND c.account_id = a.id AND c.claim IS NOT NULL AND c.claimed_until > clock_timestamp()
    ) claimed
    CROSS JOIN LATERAL (
      SELECT w.organization_id, w.id, w.next_attempt_at FROM inbound_messages w
      WHERE w.organization_id = a.organization_id AND w.account_id = a.id AND w.next_attempt_at <= clock_timestamp()
        AND coalesce(w.claimed_until <= clock_timestamp(), true)
      ORDER BY w.next_attempt_at, w.id LIMIT greatest(p_at_once - claimed.number, 0)
      FOR NO KEY UPDATE SKIP LOCKED
    ) d
    WHERE a.deleted_at IS NULL
    -- An account that has many waits for others.
    ORDER BY claimed.number, d.next_attempt_at, d.id
    LIMIT p_most
  ) due
  WHERE m.organization_id = due.organization_id AND m.id = due.id
  RETURNING m.*;
$$;
--> statement-breakpoint
-- Takes a dismissed event out of calls in which it still counts, one step of them: at most p_most, whose metadata has about
-- eight mebibytes. The log keeps its rows there without the patch, so that the metadata stays the fold of the log, and only
-- the event's own top-level keys are folded again. What is left is noted in event_admissions. Needs the intake's lock, at
-- least shared, so that no call is joined or erased meanwhile. Returns whether more calls are left.
CREATE OR REPLACE FUNCTION withdraw_event(p_organization uuid, p_event uuid, p_actor text, p_most integer)
RETURNS boolean
LANGUAGE plpgsql VOLATILE SET search_path FROM CURRENT AS $$
DECLARE
  most_bytes CONSTANT bigint := 8388608;
  event call_events;
  keys text[];
  counted uuid[];
  targets uuid[];
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
    WHERE a.organization_id = p_organization AND a.event_id = p_event AND (EXISTS (
      SELECT FROM call_changes h
      WHERE h.organization_id = p_organization AND h.call_id = a.call_id AND h.patch IS NOT NULL
        AND h.effective_at = event.event_time AND h.arrival = event.arrival AND h.event_id = p_event
    ) OR EXISTS (
      SELECT FROM calls r JOIN call_changes h ON h.organization_id = r.organization_id AND h.call_id = r.id
        AND h.patch IS NOT NULL AND h.effective_at = event.event_time AND h.arrival = event.arrival AND h.event_id = p_event
      WHERE r.organization_id = p_organization AND r.joined_into = a.call_id
    ))
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
  UPDATE call_changes h SET patch = NULL
  WHERE h.organization_id = p_organization AND h.call_id = ANY (targets || array(
      SELECT r.id FROM calls r WHERE r.organization_id = p_organization AND r.joined_into = ANY (targets)
    )) AND h.patch IS NOT NULL AND h.effective_at = event.event_time AND h.arrival = event.arrival AND h.event_id = p_event;
  WITH target AS MATERIALIZED (
    SELECT c.id, c.revision, c.metadata, next_change_label(c.change_label) AS label, (c.metadata - keys) || (
      SELECT metadata_fold(part.patch ORDER BY h.effective_at, h.arrival)
      FROM (
        SELECT c.id UNION ALL
        SELECT j.id FROM calls j WHERE j.organization_id = p_organization AND j.joined_into = c.id
      ) r
      JOIN call_changes h ON h.organization_id = p_organization AND h.call_id = r.id AND h.patch IS NOT NULL
        AND h.patch ?| keys
      CROSS JOIN LATERAL (
        SELECT jsonb_object_agg(m.key, m.value) AS patch FROM jsonb_each(h.patch) m WHERE m.key = ANY (keys)
      ) part
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
-- Takes the next step of the work in event_admissions, for up to a hundred calls at once. Returns whether more remains.
-- Skips what another transaction has locked.
CREATE OR REPLACE FUNCTION continue_event_admissions(
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
  ELSIF next.event_id IS NOT NULL AND EXISTS (
    SELECT FROM call_events e
    WHERE e.organization_id = p_organization AND e.id = next.event_id AND e.match = 'DISMISSED'
  ) THEN
    PERFORM withdraw_event(p_organization, next.event_id, next.actor, events_of_a_step());
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
-- Makes deliveries DISCARDED, which the caller has locked or whose calls it has. A try that is under way keeps its claim,
-- and so its lane: see settle_delivery. Locks them, by id, and then their accounts.
CREATE OR REPLACE FUNCTION give_up_deliveries(p_organization uuid, p_deliveries uuid[]) RETURNS void
LANGUAGE plpgsql VOLATILE SET search_path FROM CURRENT AS $$
DECLARE
  present timestamptz(3);
BEGIN
  IF cardinality(p_deliveries) = 0 THEN
    RETURN;
  END IF;
  PERFORM FROM deliveries l
  WHERE l.organization_id = p_organization AND l.id = ANY (p_deliveries) ORDER BY l.id FOR NO KEY UPDATE;
  PERFORM FROM vendor_accounts a
  WHERE a.organization_id = p_organization AND a.id IN (
    SELECT l.account_id FROM deliveries l WHERE l.organization_id = p_organization AND l.id = ANY (p_deliveries)
  ) ORDER BY a.id FOR NO KEY UPDATE;
  present := clock_timestamp();
  UPDATE deliveries l SET state = 'DISCARDED', updated_at = present, is_held = false,
    claim = CASE WHEN l.claimed_until > present THEN l.claim END,
    claimed_until = CASE WHEN l.claimed_until > present THEN l.claimed_until END
  WHERE l.organization_id = p_organization AND l.id = ANY (p_deliveries);
  PERFORM release_events(p_organization, p_deliveries);
END $$;
--> statement-breakpoint
-- Gives deliveries up. Returns what is wrong with each id, by its place from 0, and then writes nothing: UNKNOWN, or the
-- state it is in.
CREATE OR REPLACE FUNCTION discard_deliveries(p_organization uuid, p_deliveries uuid[])
RETURNS TABLE (place integer, problem text)
LANGUAGE plpgsql VOLATILE SET search_path FROM CURRENT AS $$
BEGIN
  PERFORM lock_deliveries(p_organization, p_deliveries);
  RETURN QUERY
  SELECT n.ordinal::integer - 1, CASE WHEN l.call_id IS NULL THEN 'UNKNOWN' ELSE l.state END
  FROM unnest(p_deliveries) WITH ORDINALITY n (id, ordinal)
  LEFT JOIN deliveries l ON l.organization_id = p_organization AND l.id = n.id
  WHERE l.call_id IS NULL OR l.state NOT IN ('PENDING', 'RETRYING', 'INCOMPLETE', 'DEAD', 'EXPIRED')
  ORDER BY n.ordinal;
  IF FOUND THEN
    RETURN;
  END IF;
  PERFORM give_up_deliveries(p_organization, p_deliveries);
END $$;
--> statement-breakpoint
-- Withdraws an event, and takes the first step of taking it out of its calls; continue_event_admissions takes the others.
-- A call's metadata may grow by it beyond the limit. Unsent deliveries of the event are given up. Under the exclusive intake
-- lock no step of admission runs. Returns no row if there is no such event. is_left says that some of its calls are still to
-- be done, also if an earlier dismissal has left them.
CREATE OR REPLACE FUNCTION dismiss_call_event(
  p_organization uuid, p_event uuid, p_actor text, OUT is_left boolean, OUT event call_events
) RETURNS SETOF record
LANGUAGE plpgsql VOLATILE SET search_path FROM CURRENT AS $$
BEGIN
  PERFORM pg_advisory_xact_lock(hashtextextended(p_organization || ' intake', 0));
  SELECT e.* INTO event FROM call_events e
  WHERE e.organization_id = p_organization AND e.id = p_event FOR UPDATE;
  IF NOT FOUND THEN
    RETURN;
  END IF;
  IF event.match = 'DISMISSED' THEN
    is_left := EXISTS (
      SELECT FROM event_admissions a
      WHERE a.organization_id = p_organization AND a.event_id = p_event AND a.rule_id IS NULL
    );
    RETURN NEXT;
    RETURN;
  END IF;
  UPDATE call_events e SET match = 'DISMISSED'
  WHERE e.organization_id = p_organization AND e.id = p_event RETURNING e.* INTO event;
  DELETE FROM waiting_values v WHERE v.organization_id = p_organization AND v.event_id = p_event;
  DELETE FROM event_admissions a WHERE a.organization_id = p_organization AND a.event_id = p_event AND a.rule_id IS NULL;
  is_left := withdraw_event(p_organization, p_event, p_actor, least(events_of_a_step(), 500));
  PERFORM give_up_deliveries(p_organization, array(
    SELECT d.id FROM deliveries d
    WHERE d.organization_id = p_organization AND d.event_id = p_event
      AND d.state IN ('PENDING', 'RETRYING', 'INCOMPLETE', 'DEAD')
  ));
  RETURN NEXT;
END $$;
--> statement-breakpoint
-- Erases events. The rows of the log that name them stay: they belong to calls. Needs the intake's exclusive lock.
CREATE OR REPLACE FUNCTION erase_events(p_organization uuid, p_events uuid[]) RETURNS void
LANGUAGE plpgsql VOLATILE SET search_path FROM CURRENT AS $$
BEGIN
  DELETE FROM deliveries d WHERE d.organization_id = p_organization AND d.event_id = ANY (p_events);
  -- A rule that had come so far begins anew, which does no harm.
  UPDATE event_admissions a SET event_id = NULL
  WHERE a.organization_id = p_organization AND a.event_id = ANY (p_events) AND a.rule_id IS NOT NULL;
  DELETE FROM event_admissions a WHERE a.organization_id = p_organization AND a.event_id = ANY (p_events);
  DELETE FROM waiting_values v WHERE v.organization_id = p_organization AND v.event_id = ANY (p_events);
  DELETE FROM call_event_refusals a WHERE a.organization_id = p_organization AND a.event_id = ANY (p_events);
  DELETE FROM call_events e WHERE e.organization_id = p_organization AND e.id = ANY (p_events);
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
-- Where a step through the vendors' messages ends that begins after p_after: at most p_most of them, with about eight
-- mebibytes;
-- null if there are no more. The length of a body is known without reading it.
CREATE OR REPLACE FUNCTION last_message_of_step(p_organization uuid, p_after uuid, p_most integer)
RETURNS uuid
LANGUAGE sql STABLE SET search_path FROM CURRENT
RETURN (
  SELECT n.id FROM (
    SELECT m.id, sum(octet_length(m.body)) OVER (ORDER BY m.id) - octet_length(m.body) AS before
    FROM inbound_messages m
    WHERE m.organization_id = p_organization AND m.id > p_after ORDER BY m.id LIMIT p_most
  ) n WHERE coalesce(n.before, 0) < 8388608 ORDER BY n.id DESC LIMIT 1
);
--> statement-breakpoint
-- A vendor's message as one text, whatever its bytes are. A text has no zero byte.
CREATE OR REPLACE FUNCTION message_text(m inbound_messages) RETURNS text
LANGUAGE sql STABLE SET search_path FROM CURRENT
RETURN coalesce(CASE
    WHEN position('\x00'::bytea IN m.body) > 0 THEN regexp_replace(encode(m.body, 'escape'), '\\000', ' ', 'g')
    ELSE convert_from(m.body, 'LATIN1') END, '') || E'\n' || m.query || E'\n' || m.headers::text;
--> statement-breakpoint
-- Erases vendors' messages that belong to no call, and name one of the given calls by a reference of that vendor: as a whole
-- text of JSON or of a form, or, if it is a number, as one under a name that ends in "id". One step of the messages after
-- p_after; returns where it ended, null at the end.
CREATE OR REPLACE FUNCTION erase_messages(
  p_organization uuid, p_calls uuid[], p_after uuid, p_most integer
) RETURNS uuid
LANGUAGE plpgsql VOLATILE SET search_path FROM CURRENT AS $$
DECLARE
  last uuid := last_message_of_step(p_organization, p_after, p_most);
BEGIN
  DELETE FROM inbound_messages d WHERE d.organization_id = p_organization AND d.id IN (
    SELECT m.id FROM inbound_messages m
    JOIN vendor_accounts a ON a.organization_id = m.organization_id AND a.id = m.account_id
    CROSS JOIN LATERAL (
      SELECT CASE a.system WHEN 'BIRD' THEN bird_id(message_text(m)) ELSE message_text(m) END AS said OFFSET 0
    ) t
    WHERE m.organization_id = p_organization AND m.id > p_after AND m.id <= last AND m.call_id IS NULL AND EXISTS (
      SELECT FROM call_references r
      WHERE r.organization_id = p_organization AND r.call_id = ANY (p_calls) AND r.system = a.system AND (
        position(to_jsonb(r.value)::text IN t.said) > 0
        OR position('=' || r.value || '&' IN t.said) > 0 OR position('=' || r.value || E'\n' IN t.said) > 0
        OR (r.value ~ '^[0-9]+$' AND t.said ~* ('id"\s*:\s*' || r.value || '($|[^0-9.])'))
      )
    )
  );
  RETURN last;
END $$;
--> statement-breakpoint
-- A pattern that finds a phone number in a text from which blanks and separators were removed, with a plus, 00 or
-- neither before it; null for what is no number. Its digits must stand alone.
CREATE OR REPLACE FUNCTION number_pattern(p_number text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path FROM CURRENT
RETURN CASE WHEN comparable_number(p_number) ~ '^\+[0-9]{7,15}$'
  THEN '(^|[^0-9])(00)?' || substr(comparable_number(p_number), 2) || '($|[^0-9])' END;
--> statement-breakpoint
-- Erases what names a number and has no call: events that no call has, and vendors' messages. One step of each, after
-- the ids p_event and p_message: at most p_most, with about eight mebibytes; returns where it ended, null at the end. Values
-- of events are compared as numbers; messages are searched as text, and for what is no number as a JSON string.
CREATE OR REPLACE FUNCTION erase_number(
  p_organization uuid, p_number text, p_event uuid, p_message uuid, p_most integer, OUT event uuid, OUT message uuid
)
LANGUAGE plpgsql VOLATILE SET search_path FROM CURRENT AS $$
DECLARE
  pattern text := number_pattern(p_number);
  plain text := comparable_number(p_number);
  named uuid[];
  last uuid;
BEGIN
  PERFORM pg_advisory_xact_lock(hashtextextended(p_organization || ' intake', 0));
  WITH step AS (
    SELECT n.* FROM (
      SELECT e.id, e.metadata, e.session_id, e.reference_value,
        sum(pg_column_size(e.metadata)) OVER (ORDER BY e.id) - pg_column_size(e.metadata) AS before
      FROM call_events e
      WHERE e.organization_id = p_organization AND e.id > p_event ORDER BY e.id LIMIT p_most
    ) n WHERE n.before < 8388608
  )
  SELECT (array_agg(s.id ORDER BY s.id DESC))[1], array_agg(s.id) FILTER (WHERE (
      comparable_number(s.session_id) = plain OR comparable_number(s.reference_value) = plain OR EXISTS (
        SELECT FROM jsonb_path_query(s.metadata, 'strict $.** ? (@.type() == "string" || @.type() == "number")') v
        WHERE comparable_number(v #>> '{}') = plain
      )
    ) AND NOT EXISTS (
      SELECT FROM call_event_calls a WHERE a.organization_id = p_organization AND a.event_id = s.id
    ))
  INTO event, named FROM step s;
  PERFORM erase_events(p_organization, named);
  last := last_message_of_step(p_organization, p_message, p_most);
  WITH step AS (
    SELECT m.id, message_text(m) AS said
    FROM inbound_messages m
    WHERE m.organization_id = p_organization AND m.id > p_message AND m.id <= last
  )
  SELECT (array_agg(s.id ORDER BY s.id DESC))[1], array_agg(s.id) FILTER (WHERE CASE
    WHEN pattern IS NULL THEN position(to_jsonb(p_number)::text IN s.said) > 0
    ELSE regexp_replace(s.said, '[\s().\-/]', '', 'g') ~ pattern END)
  INTO message, named FROM step s;
  DELETE FROM inbound_messages m WHERE m.organization_id = p_organization AND m.id = ANY (named);
END $$;
--> statement-breakpoint
-- Whether an event that was recorded before is the given one. p_given has its target, event_time, metadata, reference,
-- group_kind and group_key, and the id of the call that it names.
CREATE OR REPLACE FUNCTION is_same_event(event call_events, p_given jsonb) RETURNS boolean
LANGUAGE sql STABLE SET search_path FROM CURRENT
RETURN (
  SELECT event.target = g.target AND event.event_time = g.event_time AND event.metadata = g.metadata
    AND (event.reference_system, event.reference_name, event.reference_value) IS NOT DISTINCT FROM
      (g.reference_system, g.reference_name, g.reference_value)
    AND (own.kind, own.key) IS NOT DISTINCT FROM (g.group_kind, g.group_key)
    AND (g.call IS NULL OR EXISTS (
      SELECT FROM calls c WHERE c.organization_id = event.organization_id AND c.id = g.call
        AND coalesce(c.joined_into, c.id) IN (
          SELECT a.call_id FROM call_event_calls a
          WHERE a.organization_id = event.organization_id AND a.event_id = event.id
          UNION ALL
          SELECT a.call_id FROM call_event_refusals a
          WHERE a.organization_id = event.organization_id AND a.event_id = event.id)))
  FROM jsonb_to_record(p_given) g (
    target text, event_time timestamptz, metadata jsonb, reference_system text, reference_name text, reference_value text,
    group_kind text, group_key text, call uuid
  )
  LEFT JOIN call_groups own ON own.organization_id = event.organization_id AND own.id = event.group_id
);
--> statement-breakpoint
-- Merges a patch into a call's metadata in one round trip. Locks the call before it reads the rest, because a statement
-- that waited for the lock would still see the log as it was at its start. A patch that changes nothing is logged as
-- well. A patch that makes the metadata no larger always passes, so that a call over its limit can shrink. Returns no
-- row if the call is unknown.
CREATE OR REPLACE FUNCTION merge_call_metadata(
  p_organization uuid, p_call uuid, p_system text, p_name text, p_value text,
  p_patch jsonb, p_expected_revision integer, p_max_bytes integer, p_change uuid, p_actor text
) RETURNS TABLE (outcome text, call calls)
LANGUAGE plpgsql VOLATILE ROWS 1 SET search_path FROM CURRENT AS $$
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
  IF pg_column_size(merged) * 6 > p_max_bytes AND metadata_too_large(merged, p_max_bytes)
    AND json_bytes(merged) > json_bytes(stored.metadata)
  THEN
    RETURN QUERY SELECT 'LIMIT_EXCEEDED', stored;
    RETURN;
  END IF;
  changed := merged <> stored.metadata;
  recorded := clock_timestamp();
  at := greatest(recorded, stored.metadata_at);
  arrived := next_patch_arrival(stored.metadata_arrival);
  at_label := next_change_label(stored.change_label);
  WITH logged AS (
    INSERT INTO call_changes (organization_id, label, seq, id, call_id, kind, actor, revision, patch, effective_at,
      arrival, old_values, new_values, recorded_at)
    VALUES (p_organization, at_label, nextval('call_change_seq'), p_change, stored.id, 'METADATA_MERGED', p_actor,
      CASE WHEN changed THEN stored.revision + 1 END, p_patch, at, arrived,
      CASE WHEN changed THEN jsonb_build_object('metadata', changed_members(stored.metadata, merged)) ELSE '{}' END,
      CASE WHEN changed THEN jsonb_build_object('metadata', changed_members(merged, stored.metadata)) ELSE '{}' END,
      recorded)
  )
  UPDATE calls c SET metadata = merged, metadata_at = at, metadata_arrival = arrived, change_label = at_label,
    revision = stored.revision + changed::int,
    updated_at = CASE WHEN changed THEN recorded ELSE stored.updated_at END
  WHERE c.organization_id = p_organization AND c.id = stored.id RETURNING c.* INTO call;
  outcome := 'MERGED';
  RETURN NEXT;
END $$;
--> statement-breakpoint
-- Makes the index of call_search, which needs the extension pg_trgm. Where that cannot be had, all but `search` works
-- without it. Runs at each start of a gateway.
CREATE OR REPLACE FUNCTION prepare_call_search() RETURNS void
LANGUAGE plpgsql VOLATILE SET search_path FROM CURRENT AS $$
BEGIN
  IF to_regclass('call_search_text_index') IS NOT NULL THEN
    RETURN;
  END IF;
  CREATE EXTENSION IF NOT EXISTS pg_trgm;
  -- The beginning of an id is its time, in units of 2^20 milliseconds: it leads to the newest of many.
  CREATE INDEX call_search_text_index ON call_search USING gin
    (organization_id, (left(call_id::text, 7)), text gin_trgm_ops, numbers gin_trgm_ops)
    WITH (gin_pending_list_limit = 1024);
-- The extension is not installed on the server, it may not be made, its operators are in a schema out of sight, or the
-- table is another role's.
EXCEPTION WHEN feature_not_supported OR undefined_file OR undefined_object OR insufficient_privilege
  OR read_only_sql_transaction THEN
  NULL;
END $$;
--> statement-breakpoint
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
--> statement-breakpoint
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
--> statement-breakpoint
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
--> statement-breakpoint
-- The digits of a number of any country, without its separators; null for what is no number. Must agree with
-- src/foundation/phone-numbers.ts.
CREATE OR REPLACE FUNCTION search_digits(address text) RETURNS text
-- Without a setting of its own, so that Postgres writes it into the statements that call it.
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN substring(
  regexp_replace(regexp_replace(comparable_number(address), '^tel:', '', 'i'), '[\s().\-/]', '', 'g')
  FROM '^\+?([0-9]+)$');
--> statement-breakpoint
-- A text without its case, for searches. lower() depends on the server's locale, and a filter is also judged in memory: see
-- src/foundation/search-text.ts, which must agree. A final sigma counts as a sigma. translate() compares each character
-- with all of the list, so that each alphabet has its own.
CREATE OR REPLACE FUNCTION search_fold(value text) RETURNS text
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
  folded text := lower(value COLLATE "C");
BEGIN
  IF octet_length(value) = length(value) THEN
    RETURN folded;
  END IF;
  folded := translate(folded,
    'ÀÁÂÃÄÅÆÇÈÉÊËÌÍÎÏÐÑÒÓÔÕÖØÙÚÛÜÝÞĀĂĄĆĈĊČĎĐĒĔĖĘĚĜĞĠĢĤĦĨĪĬĮĲĴĶĹĻĽĿŁŃŅŇŊŌŎŐŒŔŖŘŚŜŞŠŢŤŦŨŪŬŮŰŲŴŶŸŹŻŽ',
    'àáâãäåæçèéêëìíîïðñòóôõöøùúûüýþāăąćĉċčďđēĕėęěĝğġģĥħĩīĭįĳĵķĺļľŀłńņňŋōŏőœŕŗřśŝşšţťŧũūŭůűųŵŷÿźżž');
  IF value ~ '[\u0180-\u052f\u0531-\u0556\u1e00-\u1eff\uff21-\uff3a]' THEN
    folded := translate(folded,
      'ƁƂƄƆƇƉƊƋƎƏƐƑƓƔƖƗƘƜƝƟƠƢƤƦƧƩƬƮƯƱƲƳƵƷƸƼǄǅǇǈǊǋǍǏǑǓǕǗǙǛǞǠǢǤǦǨǪǬǮǱǲǴǶǷǸǺǼǾȀȂȄȆȈȊȌȎȐȒȔȖȘȚȜȞȠȢȤȦȨȪȬȮȰȲȺȻȽȾɁɃɄɅɆɈɊɌɎͰͲͶͿΆΈΉΊΌΎΏΑΒΓΔΕΖΗΘΙΚΛΜΝΞΟΠΡΣΤΥΦΧΨΩΪΫςϏϘϚϜϞϠϢϤϦϨϪϬϮϴϷϹϺϽϾϿЀЁЂЃЄЅІЇЈЉЊЋЌЍЎЏАБВГДЕЖЗИЙКЛМНОПРСТУФХЦЧШЩЪЫЬЭЮЯѠѢѤѦѨѪѬѮѰѲѴѶѸѺѼѾҀҊҌҎҐҒҔҖҘҚҜҞҠҢҤҦҨҪҬҮҰҲҴҶҸҺҼҾӀӁӃӅӇӉӋӍӐӒӔӖӘӚӜӞӠӢӤӦӨӪӬӮӰӲӴӶӸӺӼӾԀԂԄԆԈԊԌԎԐԒԔԖԘԚԜԞԠԢԤԦԨԪԬԮԱԲԳԴԵԶԷԸԹԺԻԼԽԾԿՀՁՂՃՄՅՆՇՈՉՊՋՌՍՎՏՐՑՒՓՔՕՖḀḂḄḆḈḊḌḎḐḒḔḖḘḚḜḞḠḢḤḦḨḪḬḮḰḲḴḶḸḺḼḾṀṂṄṆṈṊṌṎṐṒṔṖṘṚṜṞṠṢṤṦṨṪṬṮṰṲṴṶṸṺṼṾẀẂẄẆẈẊẌẎẐẒẔẞẠẢẤẦẨẪẬẮẰẲẴẶẸẺẼẾỀỂỄỆỈỊỌỎỐỒỔỖỘỚỜỞỠỢỤỦỨỪỬỮỰỲỴỶỸỺỼỾＡＢＣＤＥＦＧＨＩＪＫＬＭＮＯＰＱＲＳＴＵＶＷＸＹＺ',
      'ɓƃƅɔƈɖɗƌǝəɛƒɠɣɩɨƙɯɲɵơƣƥʀƨʃƭʈưʊʋƴƶʒƹƽǆǆǉǉǌǌǎǐǒǔǖǘǚǜǟǡǣǥǧǩǫǭǯǳǳǵƕƿǹǻǽǿȁȃȅȇȉȋȍȏȑȓȕȗșțȝȟƞȣȥȧȩȫȭȯȱȳⱥȼƚⱦɂƀʉʌɇɉɋɍɏͱͳͷϳάέήίόύώαβγδεζηθικλμνξοπρστυφχψωϊϋσϗϙϛϝϟϡϣϥϧϩϫϭϯθϸϲϻͻͼͽѐёђѓєѕіїјљњћќѝўџабвгдежзийклмнопрстуфхцчшщъыьэюяѡѣѥѧѩѫѭѯѱѳѵѷѹѻѽѿҁҋҍҏґғҕҗҙқҝҟҡңҥҧҩҫҭүұҳҵҷҹһҽҿӏӂӄӆӈӊӌӎӑӓӕӗәӛӝӟӡӣӥӧөӫӭӯӱӳӵӷӹӻӽӿԁԃԅԇԉԋԍԏԑԓԕԗԙԛԝԟԡԣԥԧԩԫԭԯաբգդեզէըթժիլխծկհձղճմյնշոչպջռսվտրցւփքօֆḁḃḅḇḉḋḍḏḑḓḕḗḙḛḝḟḡḣḥḧḩḫḭḯḱḳḵḷḹḻḽḿṁṃṅṇṉṋṍṏṑṓṕṗṙṛṝṟṡṣṥṧṩṫṭṯṱṳṵṷṹṻṽṿẁẃẅẇẉẋẍẏẑẓẕßạảấầẩẫậắằẳẵặẹẻẽếềểễệỉịọỏốồổỗộớờởỡợụủứừửữựỳỵỷỹỻỽỿａｂｃｄｅｆｇｈｉｊｋｌｍｎｏｐｑｒｓｔｕｖｗｘｙｚ');
  END IF;
  RETURN folded;
END $$;
--> statement-breakpoint
-- Writes what `search` looks at of these calls, but for their transcripts. A joined record is in no list.
CREATE OR REPLACE FUNCTION write_call_search(p_organization uuid, p_calls uuid[]) RETURNS void
-- A session keeps its plan, which may be of the time when the tables were empty. Of itself it would plan each call anew,
-- which takes several times as long as the rest: a plan for a list of unknown length looks more expensive.
LANGUAGE plpgsql VOLATILE SET search_path FROM CURRENT SET enable_seqscan = off
SET plan_cache_mode = force_generic_plan AS $$
DECLARE
  separator CONSTANT text := E'\x1f';
BEGIN
  INSERT INTO call_search AS s (organization_id, call_id, source, text, numbers)
  SELECT c.organization_id, c.id, c.id,
    search_fold(concat_ws(separator, c.from_address, c.to_address, nullif(nullif(c.customer_number, c.from_address), c.to_address),
      c.assistant ->> 'name', nullif(array_to_string(c.tags, separator), ''), r.reference_values, v.call_summary)),
    concat_ws(separator, search_digits(c.from_address), search_digits(c.to_address), search_digits(c.customer_number))
  FROM unnest(p_calls) w (id)
  -- Fenced, so that each call is looked up by its id, whatever the planner knows of the tables.
  CROSS JOIN LATERAL (
    SELECT * FROM calls c WHERE c.organization_id = p_organization AND c.id = w.id OFFSET 0
  ) c
  LEFT JOIN LATERAL (
    SELECT string_agg(n.value, separator ORDER BY n.position) AS reference_values FROM call_references n
    WHERE n.organization_id = p_organization AND n.call_id = c.id
  ) r ON true
  LEFT JOIN LATERAL (
    SELECT v.call_summary FROM voice_calls v WHERE v.organization_id = p_organization AND v.call_id = c.id OFFSET 0
  ) v ON true
  WHERE c.joined_into IS NULL
  ON CONFLICT (organization_id, call_id, source) DO UPDATE SET text = excluded.text, numbers = excluded.numbers
  WHERE (s.text, s.numbers) IS DISTINCT FROM (excluded.text, excluded.numbers);
END $$;
--> statement-breakpoint
-- Keeps call_search as a call is. The references of a new call come right after it: see search_references.
CREATE OR REPLACE FUNCTION search_call() RETURNS trigger
LANGUAGE plpgsql SET search_path FROM CURRENT SET enable_seqscan = off AS $$
BEGIN
  IF TG_OP = 'INSERT' AND EXISTS (
    SELECT FROM call_search s WHERE s.organization_id = NEW.organization_id AND s.call_id = NEW.id
  ) THEN
    RETURN NULL;
  END IF;
  IF NEW.joined_into IS NOT NULL THEN
    DELETE FROM call_search s
    WHERE s.organization_id = NEW.organization_id AND s.call_id = NEW.id AND s.source = NEW.id;
  ELSE
    PERFORM write_call_search(NEW.organization_id, ARRAY[NEW.id]);
  END IF;
  RETURN NULL;
END $$;

DROP TRIGGER IF EXISTS search_new_call ON calls;

CREATE CONSTRAINT TRIGGER search_new_call AFTER INSERT ON calls DEFERRABLE INITIALLY DEFERRED
FOR EACH ROW EXECUTE FUNCTION search_call();

CREATE OR REPLACE TRIGGER search_changed_call AFTER UPDATE ON calls FOR EACH ROW
WHEN (OLD.from_address IS DISTINCT FROM NEW.from_address OR OLD.to_address IS DISTINCT FROM NEW.to_address
  OR OLD.customer_number IS DISTINCT FROM NEW.customer_number OR OLD.tags IS DISTINCT FROM NEW.tags
  OR OLD.assistant ->> 'name' IS DISTINCT FROM NEW.assistant ->> 'name'
  OR OLD.joined_into IS DISTINCT FROM NEW.joined_into)
EXECUTE FUNCTION search_call();
--> statement-breakpoint
-- Keeps call_search as a row of a call is: the summary of its voice call, or a reference that a join has moved.
CREATE OR REPLACE FUNCTION search_owner() RETURNS trigger
LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
  PERFORM write_call_search(NEW.organization_id, ARRAY[NEW.call_id]);
  RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER search_new_voice_call AFTER INSERT ON voice_calls FOR EACH ROW
WHEN (NEW.call_summary IS NOT NULL) EXECUTE FUNCTION search_owner();

CREATE OR REPLACE TRIGGER search_changed_voice_call AFTER UPDATE ON voice_calls FOR EACH ROW
WHEN (OLD.call_summary IS DISTINCT FROM NEW.call_summary OR OLD.call_id <> NEW.call_id)
EXECUTE FUNCTION search_owner();

CREATE OR REPLACE TRIGGER search_moved_reference AFTER UPDATE ON call_references FOR EACH ROW
WHEN (OLD.call_id <> NEW.call_id) EXECUTE FUNCTION search_owner();
--> statement-breakpoint
-- Keeps call_search as the references of calls are, those of one statement at once. A join moves them: see search_owner.
CREATE OR REPLACE FUNCTION search_references() RETURNS trigger
LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
  PERFORM write_call_search(n.organization_id, array_agg(DISTINCT n.call_id)) FROM new_references n
  GROUP BY n.organization_id;
  RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER search_new_references AFTER INSERT ON call_references
REFERENCING NEW TABLE AS new_references FOR EACH STATEMENT EXECUTE FUNCTION search_references();
--> statement-breakpoint
-- What `search` looks at of a transcript.
CREATE OR REPLACE FUNCTION transcript_text(summary text, lines jsonb) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path FROM CURRENT
RETURN search_fold(concat_ws(E'\x1f', summary,
  (SELECT string_agg(l.line ->> 'text', E'\x1f' ORDER BY l.place) FROM jsonb_array_elements(lines) WITH ORDINALITY l (line, place))));
--> statement-breakpoint
-- Keeps call_search as a transcript is. A join moves transcripts to another call.
CREATE OR REPLACE FUNCTION search_transcript() RETURNS trigger
LANGUAGE plpgsql SET search_path FROM CURRENT SET enable_seqscan = off AS $$
BEGIN
  IF TG_OP <> 'INSERT' THEN
    DELETE FROM call_search s
    WHERE s.organization_id = OLD.organization_id AND s.call_id = OLD.call_id AND s.source = OLD.id;
  END IF;
  IF TG_OP <> 'DELETE' THEN
    INSERT INTO call_search (organization_id, call_id, source, text)
    VALUES (NEW.organization_id, NEW.call_id, NEW.id, transcript_text(NEW.summary, NEW.lines));
  END IF;
  RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER search_transcript AFTER INSERT OR DELETE OR UPDATE OF call_id, summary, lines ON call_transcripts
FOR EACH ROW EXECUTE FUNCTION search_transcript();
--> statement-breakpoint
-- `waited`: others have seen the event while it was not decided. In the transaction that records it, no other has.
CREATE OR REPLACE FUNCTION touch_event() RETURNS trigger
LANGUAGE plpgsql AS $$
DECLARE
  writer bigint := pg_current_xact_id()::text::bigint;
BEGIN
  NEW.updated_at := clock_timestamp();
  IF TG_OP = 'INSERT' THEN
    NEW.recorded_in := writer;
    NEW.waited := false;
  ELSE
    NEW.waited := coalesce(OLD.waited, false)
      OR (OLD.match IN ('PENDING', 'AMBIGUOUS') AND OLD.recorded_in IS DISTINCT FROM writer);
  END IF;
  RETURN NEW;
END $$;

CREATE OR REPLACE TRIGGER touch_event BEFORE INSERT OR UPDATE ON call_events
FOR EACH ROW EXECUTE FUNCTION touch_event();
--> statement-breakpoint
-- Writes the deliveries of new changes, in their transaction: every path that changes a call logs it. Vendors and kinds
-- come from the accounts. Metadata, flows and hang-ups go to vendors that have the call, a voice call to any.
CREATE OR REPLACE FUNCTION write_deliveries() RETURNS trigger
LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
  fuse CONSTANT integer := 30;
  recorded timestamptz(3) := clock_timestamp();
  request text;
  applied record;
BEGIN
  IF NOT EXISTS (
    SELECT FROM new_changes n JOIN vendor_accounts a ON a.organization_id = n.organization_id AND a.deleted_at IS NULL
  ) THEN
    RETURN NULL;
  END IF;
  request := nullif(current_setting('switchboard.trace', true), '');
  -- A joined record's deliveries become the call's. Of two open ones of a kind, the call's takes over.
  PERFORM move_deliveries(n.organization_id, n.call_id, (n.new_values #>> '{call,id}')::uuid) FROM new_changes n
  WHERE n.kind = 'JOINED' AND n.new_values ? 'call';
  -- An event's delivery is written before its call is known. Events that waited for the call get their positions in the
  -- order in which they count, which one UPDATE of all would not promise.
  FOR applied IN
    SELECT n.* FROM new_changes n WHERE n.kind = 'EVENT_APPLIED' ORDER BY n.label, n.seq
  LOOP
    UPDATE deliveries d SET call_id = applied.call_id, lane = applied.call_id, change_id = applied.id,
      position = DEFAULT, trace = coalesce(d.trace, request), updated_at = recorded
    WHERE d.organization_id = applied.organization_id AND d.event_id = applied.event_id AND d.call_id IS NULL;
  END LOOP;
  IF EXISTS (
    SELECT FROM new_changes n JOIN deliveries d ON d.organization_id = n.organization_id AND d.call_id = n.call_id
    WHERE d.state = 'INCOMPLETE' OR d.state IN ('PENDING', 'RETRYING') AND (d.claim IS NOT NULL OR d.kind = 'CALL_FLOW')
  ) THEN
    -- What a delivery waits for may be there now.
    UPDATE deliveries d SET state = 'PENDING', next_attempt_at = recorded, updated_at = recorded
    FROM (SELECT DISTINCT n.organization_id, n.call_id FROM new_changes n) n
    WHERE d.organization_id = n.organization_id AND d.call_id = n.call_id AND d.state = 'INCOMPLETE' AND d.claim IS NULL;
    UPDATE deliveries d SET is_woken = true
    FROM (SELECT DISTINCT n.organization_id, n.call_id FROM new_changes n) n
    WHERE d.organization_id = n.organization_id AND d.call_id = n.call_id AND d.state IN ('PENDING', 'RETRYING')
      AND d.claim IS NOT NULL AND NOT d.is_woken;
    -- A newer flow, or a hang-up, makes the flows that were not sent worthless.
    UPDATE deliveries d SET state = 'SUPERSEDED', updated_at = recorded
    FROM new_changes n
    WHERE n.kind IN ('CALL_FLOW_REPLACED', 'HUNG_UP') AND d.organization_id = n.organization_id
      AND d.call_id = n.call_id AND d.kind = 'CALL_FLOW' AND d.state IN ('PENDING', 'RETRYING', 'INCOMPLETE')
      AND d.claim IS NULL;
  END IF;
  INSERT INTO deliveries AS d (organization_id, id, account_id, call_id, lane, kind, state, priority, change_id, flow_id,
    touched, caused_by, trace, last_error, next_attempt_at, created_at, updated_at)
  SELECT w.organization_id, new_uuid(), w.account_id, w.call_id, w.call_id, w.delivery,
    CASE WHEN w.is_fused THEN 'DEAD' ELSE 'PENDING' END, CASE w.delivery WHEN 'HANG_UP' THEN 0 ELSE 1 END,
    w.change_id, w.flow_id, w.touched, w.caused_by, request,
    CASE WHEN w.is_fused THEN 'Two vendor accounts keep changing this call for each other: more than ' || fuse
      || ' deliveries in 10 minutes. Replay it when that has ended.' END,
    recorded, recorded, recorded
  FROM (
    SELECT t.*, t.caused_by IS NOT NULL AND fuse < (
        SELECT count(*) FROM deliveries e
        WHERE e.organization_id = t.organization_id AND e.call_id = t.call_id AND e.account_id = t.account_id
          AND e.caused_by IS NOT NULL AND e.created_at > recorded - interval '10 minutes'
      ) AS is_fused
    FROM (
      SELECT n.organization_id, n.call_id, a.id AS account_id, k.delivery,
        (array_agg(n.id ORDER BY n.label DESC, n.seq DESC))[1] AS change_id,
        (array_agg(n.account_id ORDER BY n.label DESC, n.seq DESC))[1] AS caused_by,
        metadata_fold(k.touched ORDER BY n.label, n.seq) AS touched,
        (array_agg(k.flow_id ORDER BY n.label DESC, n.seq DESC))[1] AS flow_id, max(n.seq) AS last
      FROM new_changes n
      JOIN vendor_accounts a ON a.organization_id = n.organization_id AND a.deleted_at IS NULL AND a.sends
        AND a.id IS DISTINCT FROM n.account_id
      -- Whether the call has become one of this vendor's.
      CROSS JOIN LATERAL (
        SELECT n.kind <> 'REGISTERED'
          AND jsonb_path_exists(n.new_values, '$.references[*] ? (@.system == $s)', jsonb_build_object('s', a.system))
          AND NOT jsonb_path_exists(n.old_values, '$.references[*] ? (@.system == $s)', jsonb_build_object('s', a.system))
          AS is_new
      ) v
      CROSS JOIN LATERAL (
        SELECT 'METADATA' AS delivery, NULL::uuid AS flow_id, merge_patch(
          merge_patch(json_shape(n.old_values -> 'metadata'), json_shape(n.new_values -> 'metadata')), '{}') AS touched
        WHERE (n.old_values ? 'metadata' OR n.new_values ? 'metadata') AND NOT (n.kind = 'JOINED' AND v.is_new)
        UNION ALL
        -- The vendor knows nothing of the call's metadata, or what the duplicate had that was joined into it.
        SELECT 'METADATA', NULL, merge_patch(merge_patch(json_shape(changed_members(o.metadata, c.metadata)),
          json_shape(changed_members(c.metadata, o.metadata))), '{}')
        FROM calls c CROSS JOIN LATERAL (
          SELECT coalesce((
            SELECT d.metadata FROM calls d
            WHERE n.kind = 'JOINED' AND d.organization_id = n.organization_id AND d.id = (n.new_values #>> '{duplicate,id}')::uuid
          ), '{}') AS metadata
        ) o
        WHERE v.is_new AND c.organization_id = n.organization_id AND c.id = n.call_id AND c.metadata <> o.metadata
        UNION ALL
        -- A join moves a voice call that the vendors have.
        SELECT 'VOICE_CALL', NULL, NULL WHERE n.new_values ? 'voiceCall' AND n.kind <> 'JOINED'
        UNION ALL
        SELECT 'CALL_FLOW', f.id, NULL FROM call_flows f
        WHERE n.kind = 'CALL_FLOW_REPLACED' AND f.organization_id = n.organization_id AND f.call_id = n.call_id
          AND f.revision = (n.new_values #>> '{callFlow,revision}')::integer
        UNION ALL
        SELECT 'HANG_UP', NULL, NULL WHERE n.kind = 'HUNG_UP'
      ) k
      WHERE k.delivery = ANY (a.kinds) AND (k.delivery = 'VOICE_CALL' OR EXISTS (
          SELECT FROM call_references r
          WHERE r.organization_id = n.organization_id AND r.call_id = n.call_id AND r.system = a.system
        )) AND (NOT EXISTS (
          SELECT FROM vendor_accounts o
          WHERE o.organization_id = a.organization_id AND o.system = a.system AND o.id <> a.id
        ) OR a.id IN (SELECT v.account_id FROM vendor_accounts_of_call(n.organization_id, n.call_id, a.system) v))
      GROUP BY n.organization_id, n.call_id, a.id, k.delivery
    ) t
  ) w
  ORDER BY w.last
  ON CONFLICT (organization_id, account_id, call_id, kind)
    WHERE kind IN ('METADATA', 'VOICE_CALL') AND state IN ('PENDING', 'RETRYING', 'INCOMPLETE') AND claim IS NULL
  -- Changes no indexed column: its state is the same.
  DO UPDATE SET touched = merge_patch(d.touched, excluded.touched), change_id = excluded.change_id,
    caused_by = excluded.caused_by, first_attempt_at = NULL;
  RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER write_deliveries AFTER INSERT ON call_changes
REFERENCING NEW TABLE AS new_changes FOR EACH STATEMENT EXECUTE FUNCTION write_deliveries();
--> statement-breakpoint
-- What calls and transcripts were there before.
SELECT write_call_search(c.organization_id, array_agg(c.id)) FROM calls c WHERE c.joined_into IS NULL GROUP BY c.organization_id;
--> statement-breakpoint
INSERT INTO call_search (organization_id, call_id, source, text)
SELECT t.organization_id, t.call_id, t.id, transcript_text(t.summary, t.lines) FROM call_transcripts t
WHERE NOT EXISTS (
  SELECT FROM call_search s WHERE s.organization_id = t.organization_id AND s.call_id = t.call_id AND s.source = t.id
);
