CREATE EXTENSION IF NOT EXISTS btree_gin;
--> statement-breakpoint
CREATE SEQUENCE "call_change_seq";
--> statement-breakpoint
CREATE TABLE "call_changes" (
	"organization_id" uuid NOT NULL,
	"label" bigint NOT NULL,
	"seq" bigint NOT NULL,
	"id" uuid NOT NULL,
	"call_id" uuid NOT NULL,
	"kind" text NOT NULL,
	"actor" text NOT NULL,
	"actor_type" text DEFAULT 'API_KEY',
	"revision" integer,
	"patch" jsonb,
	"event_id" uuid,
	"effective_at" timestamp (3) with time zone NOT NULL,
	"arrival" bigint,
	"old_values" jsonb NOT NULL,
	"new_values" jsonb NOT NULL,
	"recorded_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "call_changes_organization_id_label_seq_pk" PRIMARY KEY("organization_id","label","seq"),
	CONSTRAINT "call_changes_id_unique" UNIQUE("organization_id","id")
);
--> statement-breakpoint
CREATE TABLE "call_event_calls" (
	"organization_id" uuid NOT NULL,
	"event_id" uuid NOT NULL,
	"call_id" uuid NOT NULL,
	CONSTRAINT "call_event_calls_organization_id_event_id_call_id_pk" PRIMARY KEY("organization_id","event_id","call_id")
);
--> statement-breakpoint
CREATE TABLE "call_event_refusals" (
	"organization_id" uuid NOT NULL,
	"event_id" uuid NOT NULL,
	"call_id" uuid NOT NULL,
	CONSTRAINT "call_event_refusals_organization_id_event_id_call_id_pk" PRIMARY KEY("organization_id","event_id","call_id")
);
--> statement-breakpoint
CREATE TABLE "call_events" (
	"organization_id" uuid NOT NULL,
	"id" uuid NOT NULL,
	"event_id" text,
	"actor" text NOT NULL,
	"actor_type" text DEFAULT 'API_KEY',
	"target" text NOT NULL,
	"session_id" text,
	"reference_system" text,
	"reference_name" text,
	"reference_value" text,
	"group_id" uuid,
	"event_time" timestamp (3) with time zone NOT NULL,
	"arrival" bigint NOT NULL,
	"metadata" jsonb NOT NULL,
	"match" text NOT NULL,
	"matched_by" uuid,
	"created_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "call_events_organization_id_id_pk" PRIMARY KEY("organization_id","id"),
	CONSTRAINT "call_events_event_id_unique" UNIQUE("organization_id","event_id")
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
CREATE TABLE "match_rules" (
	"organization_id" uuid NOT NULL,
	"id" uuid NOT NULL,
	"name" text NOT NULL,
	"metadata_path" text[] NOT NULL,
	"call_field" text NOT NULL,
	"call_metadata_path" text[],
	"window_minutes" integer NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL,
	"deleted_at" timestamp (3) with time zone,
	CONSTRAINT "match_rules_organization_id_id_pk" PRIMARY KEY("organization_id","id")
);
--> statement-breakpoint
CREATE TABLE "waiting_values" (
	"organization_id" uuid NOT NULL,
	"rule_id" uuid NOT NULL,
	"event_id" uuid NOT NULL,
	"value" text NOT NULL,
	CONSTRAINT "waiting_values_organization_id_rule_id_event_id_pk" PRIMARY KEY("organization_id","rule_id","event_id")
);
--> statement-breakpoint
CREATE TABLE "call_flow_commands" (
	"organization_id" uuid NOT NULL,
	"id" uuid NOT NULL,
	"flow_id" uuid NOT NULL,
	"position" integer NOT NULL,
	"command" text NOT NULL,
	"status" text NOT NULL,
	"vendor_id" text,
	"conditions" jsonb NOT NULL,
	"options" jsonb NOT NULL,
	CONSTRAINT "call_flow_commands_organization_id_id_pk" PRIMARY KEY("organization_id","id"),
	CONSTRAINT "call_flow_commands_position_unique" UNIQUE("organization_id","flow_id","position")
);
--> statement-breakpoint
CREATE TABLE "call_flows" (
	"organization_id" uuid NOT NULL,
	"id" uuid NOT NULL,
	"call_id" uuid NOT NULL,
	"revision" integer NOT NULL,
	"vendor_id" text,
	"created_at" timestamp (3) with time zone NOT NULL,
	"position" bigint GENERATED ALWAYS AS IDENTITY (sequence name "call_flows_position_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	CONSTRAINT "call_flows_organization_id_id_pk" PRIMARY KEY("organization_id","id"),
	CONSTRAINT "call_flows_revision_unique" UNIQUE("organization_id","call_id","revision")
);
--> statement-breakpoint
CREATE TABLE "idempotency_keys" (
	"organization_id" uuid NOT NULL,
	"call_id" uuid NOT NULL,
	"key" text NOT NULL,
	"flow_id" uuid NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "idempotency_keys_organization_id_call_id_key_pk" PRIMARY KEY("organization_id","call_id","key")
);
--> statement-breakpoint
CREATE TABLE "call_group_members" (
	"organization_id" uuid NOT NULL,
	"group_id" uuid NOT NULL,
	"call_id" uuid NOT NULL,
	CONSTRAINT "call_group_members_organization_id_group_id_call_id_pk" PRIMARY KEY("organization_id","group_id","call_id")
);
--> statement-breakpoint
CREATE TABLE "call_groups" (
	"organization_id" uuid NOT NULL,
	"id" uuid NOT NULL,
	"kind" text NOT NULL,
	"key" text NOT NULL,
	CONSTRAINT "call_groups_organization_id_id_pk" PRIMARY KEY("organization_id","id"),
	CONSTRAINT "call_groups_key_unique" UNIQUE("organization_id","kind","key")
);
--> statement-breakpoint
CREATE TABLE "call_references" (
	"organization_id" uuid NOT NULL,
	"system" text NOT NULL,
	"name" text NOT NULL,
	"value" text NOT NULL,
	"call_id" uuid NOT NULL,
	"position" bigint GENERATED ALWAYS AS IDENTITY (sequence name "call_references_position_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	CONSTRAINT "call_references_organization_id_system_name_value_pk" PRIMARY KEY("organization_id","system","name","value")
);
--> statement-breakpoint
CREATE TABLE "calls" (
	"organization_id" uuid NOT NULL,
	"id" uuid NOT NULL,
	"direction" text NOT NULL,
	"status" text NOT NULL,
	"vendor_status" text,
	"type" text,
	"from_address" text,
	"to_address" text,
	"given_customer_number" text,
	"customer_number" text GENERATED ALWAYS AS (coalesce(given_customer_number, case direction when 'INBOUND' then from_address when 'OUTBOUND' then to_address end)) STORED,
	"originator" jsonb,
	"receiver" jsonb,
	"workspace_id" text,
	"channel_id" text,
	"parent_id" uuid,
	"parent_system" text,
	"parent_name" text,
	"parent_value" text,
	"assistant" jsonb,
	"tags" text[] NOT NULL,
	"notification_url" text,
	"sip_type" text,
	"reason" text,
	"hangup" jsonb,
	"duration" integer,
	"scheduled_for" timestamp (3) with time zone,
	"ringing_at" timestamp (3) with time zone,
	"started_at" timestamp (3) with time zone,
	"answered_at" timestamp (3) with time zone,
	"ended_at" timestamp (3) with time zone,
	"vendor_created_at" timestamp (3) with time zone,
	"vendor_updated_at" timestamp (3) with time zone,
	"cost" jsonb,
	"answering_machine_detection" jsonb,
	"quality" jsonb,
	"sip" jsonb,
	"metadata" jsonb NOT NULL,
	"joined_into" uuid,
	"metadata_at" timestamp (3) with time zone,
	"metadata_arrival" bigint,
	"flow_revision" integer NOT NULL,
	"revision" integer NOT NULL,
	"change_label" bigint NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL,
	"updated_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "calls_organization_id_id_pk" PRIMARY KEY("organization_id","id")
);
--> statement-breakpoint
CREATE TABLE "cursor_secret" (
	"is_only" boolean PRIMARY KEY DEFAULT true NOT NULL,
	"secret" "bytea" NOT NULL,
	CONSTRAINT "cursor_secret_is_only" CHECK ("cursor_secret"."is_only")
);
--> statement-breakpoint
CREATE TABLE "api_keys" (
	"organization_id" uuid NOT NULL,
	"id" uuid NOT NULL,
	"token_hash" "bytea" NOT NULL,
	"name" text NOT NULL,
	"kind" text NOT NULL,
	"staff_uid" text,
	"scopes" text[] NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"expires_at" timestamp (3) with time zone,
	"revoked_at" timestamp (3) with time zone,
	CONSTRAINT "api_keys_organization_id_id_pk" PRIMARY KEY("organization_id","id"),
	CONSTRAINT "api_keys_token_hash_unique" UNIQUE("token_hash")
);
--> statement-breakpoint
CREATE TABLE "organizations" (
	"organization_id" uuid PRIMARY KEY NOT NULL,
	"slug" text NOT NULL,
	"name" text NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "organizations_slug_unique" UNIQUE("slug")
);
--> statement-breakpoint
CREATE TABLE "log_epoch" (
	"is_only" boolean PRIMARY KEY DEFAULT true NOT NULL,
	"epoch" bigint NOT NULL,
	"home" text NOT NULL,
	CONSTRAINT "log_epoch_is_only" CHECK ("log_epoch"."is_only")
);
--> statement-breakpoint
CREATE TABLE "voice_calls" (
	"organization_id" uuid NOT NULL,
	"id" uuid NOT NULL,
	"call_id" uuid NOT NULL,
	"uid" text,
	"staff_uid" text NOT NULL,
	"client_uid" text NOT NULL,
	"from_number" text NOT NULL,
	"to_number" text NOT NULL,
	"direction" text NOT NULL,
	"status" text NOT NULL,
	"rate" numeric,
	"price" numeric,
	"provider" text NOT NULL,
	"source_id" text NOT NULL,
	"external_uuid" text NOT NULL,
	"duration" integer,
	"call_summary" text,
	"external_app_url" text,
	"external_app_name" text,
	"recording_id" text,
	"handled_by_staff_uid" text,
	"revision" integer NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL,
	"updated_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "voice_calls_organization_id_id_pk" PRIMARY KEY("organization_id","id"),
	CONSTRAINT "voice_calls_call_unique" UNIQUE("organization_id","call_id")
);
--> statement-breakpoint
ALTER TABLE "call_changes" ADD CONSTRAINT "call_changes_organization_id_call_id_calls_organization_id_id_fk" FOREIGN KEY ("organization_id","call_id") REFERENCES "public"."calls"("organization_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "call_changes" ADD CONSTRAINT "call_changes_organization_id_event_id_call_events_organization_id_id_fk" FOREIGN KEY ("organization_id","event_id") REFERENCES "public"."call_events"("organization_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "call_event_calls" ADD CONSTRAINT "call_event_calls_organization_id_event_id_call_events_organization_id_id_fk" FOREIGN KEY ("organization_id","event_id") REFERENCES "public"."call_events"("organization_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "call_event_calls" ADD CONSTRAINT "call_event_calls_organization_id_call_id_calls_organization_id_id_fk" FOREIGN KEY ("organization_id","call_id") REFERENCES "public"."calls"("organization_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "call_event_refusals" ADD CONSTRAINT "call_event_refusals_organization_id_event_id_call_events_organization_id_id_fk" FOREIGN KEY ("organization_id","event_id") REFERENCES "public"."call_events"("organization_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "call_event_refusals" ADD CONSTRAINT "call_event_refusals_organization_id_call_id_calls_organization_id_id_fk" FOREIGN KEY ("organization_id","call_id") REFERENCES "public"."calls"("organization_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "call_events" ADD CONSTRAINT "call_events_organization_id_organizations_organization_id_fk" FOREIGN KEY ("organization_id") REFERENCES "public"."organizations"("organization_id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "call_events" ADD CONSTRAINT "call_events_organization_id_group_id_call_groups_organization_id_id_fk" FOREIGN KEY ("organization_id","group_id") REFERENCES "public"."call_groups"("organization_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "call_events" ADD CONSTRAINT "call_events_organization_id_matched_by_match_rules_organization_id_id_fk" FOREIGN KEY ("organization_id","matched_by") REFERENCES "public"."match_rules"("organization_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "event_admissions" ADD CONSTRAINT "event_admissions_organization_id_call_id_calls_organization_id_id_fk" FOREIGN KEY ("organization_id","call_id") REFERENCES "public"."calls"("organization_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "event_admissions" ADD CONSTRAINT "event_admissions_organization_id_group_id_call_groups_organization_id_id_fk" FOREIGN KEY ("organization_id","group_id") REFERENCES "public"."call_groups"("organization_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "event_admissions" ADD CONSTRAINT "event_admissions_organization_id_event_id_call_events_organization_id_id_fk" FOREIGN KEY ("organization_id","event_id") REFERENCES "public"."call_events"("organization_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "event_admissions" ADD CONSTRAINT "event_admissions_organization_id_rule_id_match_rules_organization_id_id_fk" FOREIGN KEY ("organization_id","rule_id") REFERENCES "public"."match_rules"("organization_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "match_rules" ADD CONSTRAINT "match_rules_organization_id_organizations_organization_id_fk" FOREIGN KEY ("organization_id") REFERENCES "public"."organizations"("organization_id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "waiting_values" ADD CONSTRAINT "waiting_values_organization_id_rule_id_match_rules_organization_id_id_fk" FOREIGN KEY ("organization_id","rule_id") REFERENCES "public"."match_rules"("organization_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "waiting_values" ADD CONSTRAINT "waiting_values_organization_id_event_id_call_events_organization_id_id_fk" FOREIGN KEY ("organization_id","event_id") REFERENCES "public"."call_events"("organization_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "call_flow_commands" ADD CONSTRAINT "call_flow_commands_organization_id_flow_id_call_flows_organization_id_id_fk" FOREIGN KEY ("organization_id","flow_id") REFERENCES "public"."call_flows"("organization_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "call_flows" ADD CONSTRAINT "call_flows_organization_id_call_id_calls_organization_id_id_fk" FOREIGN KEY ("organization_id","call_id") REFERENCES "public"."calls"("organization_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "idempotency_keys" ADD CONSTRAINT "idempotency_keys_organization_id_call_id_calls_organization_id_id_fk" FOREIGN KEY ("organization_id","call_id") REFERENCES "public"."calls"("organization_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "idempotency_keys" ADD CONSTRAINT "idempotency_keys_organization_id_flow_id_call_flows_organization_id_id_fk" FOREIGN KEY ("organization_id","flow_id") REFERENCES "public"."call_flows"("organization_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "call_group_members" ADD CONSTRAINT "call_group_members_organization_id_group_id_call_groups_organization_id_id_fk" FOREIGN KEY ("organization_id","group_id") REFERENCES "public"."call_groups"("organization_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "call_group_members" ADD CONSTRAINT "call_group_members_organization_id_call_id_calls_organization_id_id_fk" FOREIGN KEY ("organization_id","call_id") REFERENCES "public"."calls"("organization_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "call_groups" ADD CONSTRAINT "call_groups_organization_id_organizations_organization_id_fk" FOREIGN KEY ("organization_id") REFERENCES "public"."organizations"("organization_id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "call_references" ADD CONSTRAINT "call_references_organization_id_call_id_calls_organization_id_id_fk" FOREIGN KEY ("organization_id","call_id") REFERENCES "public"."calls"("organization_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "calls" ADD CONSTRAINT "calls_organization_id_organizations_organization_id_fk" FOREIGN KEY ("organization_id") REFERENCES "public"."organizations"("organization_id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "calls" ADD CONSTRAINT "calls_organization_id_parent_id_calls_organization_id_id_fk" FOREIGN KEY ("organization_id","parent_id") REFERENCES "public"."calls"("organization_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "calls" ADD CONSTRAINT "calls_organization_id_joined_into_calls_organization_id_id_fk" FOREIGN KEY ("organization_id","joined_into") REFERENCES "public"."calls"("organization_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "api_keys" ADD CONSTRAINT "api_keys_organization_id_organizations_organization_id_fk" FOREIGN KEY ("organization_id") REFERENCES "public"."organizations"("organization_id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "voice_calls" ADD CONSTRAINT "voice_calls_organization_id_call_id_calls_organization_id_id_fk" FOREIGN KEY ("organization_id","call_id") REFERENCES "public"."calls"("organization_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
-- The size of a value as compact JSON in UTF-8, as JavaScript writes it. Postgres adds a space after each comma and
-- colon, and writes numbers differently: JavaScript uses an exponent below a millionth and from 10^21 on, jsonb never
-- does, float8 does much sooner and with at least two digits.
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
-- The size of an object's members, each with a comma: one byte less than the object itself, or 0 if it is empty.
CREATE OR REPLACE FUNCTION members_bytes(members jsonb) RETURNS bigint
LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path FROM CURRENT
RETURN CASE WHEN members = '{}' THEN 0 ELSE json_bytes(members) - 1 END;
--> statement-breakpoint
-- RFC 7396, section 2. Most patches neither remove nor nest: for those `||` does it all at a quarter of the cost.
CREATE OR REPLACE FUNCTION merge_patch(target jsonb, patch jsonb) RETURNS jsonb
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path FROM CURRENT AS $$
DECLARE
  base jsonb := CASE WHEN jsonb_typeof(target) = 'object' THEN target ELSE '{}' END;
BEGIN
  IF jsonb_typeof(patch) IS DISTINCT FROM 'object' THEN
    RETURN patch;
  END IF;
  IF NOT jsonb_path_exists(patch, 'strict $.* ? (@ == null || @.type() == "object")') THEN
    RETURN base || patch;
  END IF;
  -- All members at once: one by one, each step would copy the whole object.
  RETURN (base - array(SELECT m.key FROM jsonb_each(patch) m WHERE jsonb_typeof(m.value) = 'null')) || (
    SELECT coalesce(jsonb_object_agg(m.key,
      CASE WHEN jsonb_typeof(m.value) = 'object' THEN merge_patch(base -> m.key, m.value) ELSE m.value END), '{}')
    FROM jsonb_each(patch) m WHERE jsonb_typeof(m.value) <> 'null'
  );
END $$;
--> statement-breakpoint
-- Applies a list of merge patches in the given order.
CREATE OR REPLACE AGGREGATE metadata_fold(jsonb) (sfunc = merge_patch, stype = jsonb, initcond = '{}');
--> statement-breakpoint
-- Whether metadata has more than max_depth levels. `{}` has one level.
CREATE OR REPLACE FUNCTION metadata_too_deep(metadata jsonb, max_depth integer) RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path FROM CURRENT
RETURN jsonb_path_exists(metadata,
  ('strict $.**{' || max_depth::text || ' to last} ? (@.type() == "object" || @.type() == "array")')::jsonpath);
--> statement-breakpoint
-- A new UUIDv7: the time in milliseconds and random bits.
CREATE OR REPLACE FUNCTION new_uuid() RETURNS uuid
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
-- The first label of the current epoch. The low 48 bits of a label hold a transaction id.
CREATE OR REPLACE FUNCTION call_change_epoch_start() RETURNS bigint
LANGUAGE sql STABLE SET search_path FROM CURRENT
RETURN (SELECT epoch << 48 FROM log_epoch);
--> statement-breakpoint
-- Draws the label for a transaction's log rows, once per transaction: its own id, or a higher one if others have ended
-- since. Takes a lock that announces a lower bound first, and only then looks up the highest id, so the label is above
-- every end of the log that was computed before the lock. Needs READ COMMITTED, where each look sees the current state.
CREATE OR REPLACE FUNCTION next_change_label(last_label bigint) RETURNS bigint
LANGUAGE plpgsql VOLATILE SET search_path FROM CURRENT AS $$
DECLARE
  drawn bigint := nullif(current_setting('switchboard.change_label', true), '')::bigint;
  bound bigint;
BEGIN
  IF drawn IS NULL THEN
    bound := greatest(pg_current_xact_id()::text::bigint, pg_snapshot_xmax(pg_current_snapshot())::text::bigint);
    PERFORM pg_advisory_xact_lock_shared(1396853831, ((bound << 32) >> 32)::integer);
    drawn := call_change_epoch_start()
      + greatest(pg_current_xact_id()::text::bigint, pg_snapshot_xmax(pg_current_snapshot())::text::bigint);
    -- Lasts until the end of the transaction, or a rollback to an earlier savepoint, like the lock.
    PERFORM set_config('switchboard.change_label', drawn::text, true);
  END IF;
  RETURN greatest(drawn, last_label);
END $$;
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
-- The top-level members of `metadata` that differ from `other`: what a log row stores.
CREATE OR REPLACE FUNCTION changed_members(metadata jsonb, other jsonb) RETURNS jsonb
LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path FROM CURRENT
RETURN (
  SELECT coalesce(jsonb_object_agg(m.key, m.value), '{}'::jsonb)
  FROM jsonb_each(metadata) m
  WHERE m.value IS DISTINCT FROM other -> m.key
);
--> statement-breakpoint
-- Most values are far below the limit and need no measuring: the text is at most six times as long as the binary form
-- (a control character is escaped with six characters), except for numbers whose digits json_bytes leaves out.
CREATE OR REPLACE FUNCTION metadata_too_large(metadata jsonb, max_bytes integer) RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path FROM CURRENT
RETURN CASE
  WHEN pg_column_size(metadata) * 6 <= max_bytes THEN false
  WHEN octet_length(metadata::text) <= max_bytes THEN false
  ELSE json_bytes(metadata) > max_bytes
END;
--> statement-breakpoint
-- Applies one event, in one statement, to those of the locked calls in which it is the newest patch. Returns the calls
-- that changed.
CREATE OR REPLACE FUNCTION apply_newest_event(
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
-- When a step has to end: after a third of the statement timeout.
CREATE OR REPLACE FUNCTION step_deadline() RETURNS timestamptz
LANGUAGE sql STABLE SET search_path FROM CURRENT
RETURN statement_timestamp()
  + coalesce(nullif(current_setting('statement_timeout')::interval, interval '0') / 3, interval '5 seconds');
--> statement-breakpoint
-- Applies events to calls, given as pairs (and the rule that found the call, if one did); a pair counts once however
-- often it is applied. Locks the calls before it reads: a single statement would wait for the locks and then fold a
-- ledger that is out of date. An event becomes MATCHED when it counts in a call, and TOO_LARGE when every call refused
-- it. `changed` lists the calls that changed; is_left says that time ran out. p_raised lists the calls whose revision
-- this mutation has already raised.
CREATE OR REPLACE FUNCTION apply_call_events(
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
-- How many events one step may apply: the transaction's setting, or 2000.
CREATE OR REPLACE FUNCTION events_of_a_step() RETURNS integer
LANGUAGE sql STABLE PARALLEL SAFE
RETURN coalesce(nullif(current_setting('switchboard.events_of_a_step', true), '')::integer, 2000);
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
-- Brings two spellings of one phone number to the same text: E.164, without separators, `tel:` or the prefix 00. 8 to
-- 15 digits count as a number whose plus is missing. Anything else stays as it is, because its country is unknown. The
-- result is cut because an index entry holds at most 2,704 bytes.
CREATE OR REPLACE FUNCTION comparable_number(address text) RETURNS text
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
  digits text;
BEGIN
  IF address ~ '^\+[1-9][0-9]{1,14}$' OR length(address) > 40 THEN
    RETURN left(address, 256);
  ELSIF address ~ '^[1-9][0-9]{7,14}$' THEN
    RETURN '+' || address;
  END IF;
  digits := regexp_replace(regexp_replace(address, '^tel:', '', 'i'), '[\s().\-/]', '', 'g');
  IF digits ~ '^\+[1-9][0-9]{1,14}$' THEN
    RETURN digits;
  ELSIF digits ~ '^00[1-9][0-9]{1,14}$' THEN
    RETURN '+' || substr(digits, 3);
  END IF;
  RETURN address;
END $$;
--> statement-breakpoint
-- Whether a call is close enough in time to match. A call that was joined into another one never is.
CREATE OR REPLACE FUNCTION is_candidate(call calls, at timestamptz, reach interval) RETURNS boolean
LANGUAGE sql STABLE PARALLEL SAFE
RETURN call.joined_into IS NULL
  AND coalesce(call.started_at, call.ringing_at, call.created_at) BETWEEN at - reach AND at + reach;
--> statement-breakpoint
-- The value that a match rule compares: a string or number of 1 to 500 characters (no name of a call is longer), else
-- null. Phone numbers in comparable form; references without surrounding blanks, as they are stored.
CREATE OR REPLACE FUNCTION match_value(metadata jsonb, path text[], call_field text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path FROM CURRENT
RETURN CASE
  WHEN jsonb_typeof(metadata #> path) IN ('string', 'number') AND length(metadata #>> path) BETWEEN 1 AND 500
  THEN CASE
    WHEN call_field IN ('FROM', 'TO', 'CUSTOMER_NUMBER') THEN comparable_number(metadata #>> path)
    WHEN call_field = 'REFERENCE' THEN regexp_replace(metadata #>> path, '^\s+|\s+$', '', 'g')
    ELSE metadata #>> path END
END;
--> statement-breakpoint
-- An object that holds the value at the path.
CREATE OR REPLACE FUNCTION object_at(path text[], value jsonb) RETURNS jsonb
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
BEGIN
  FOR step IN REVERSE array_length(path, 1)..1 LOOP
    value := jsonb_build_object(path[step], value);
  END LOOP;
  RETURN value;
END $$;
--> statement-breakpoint
-- The calls that a rule finds for a value at a time: at most two, because more would change nothing. The index lookup
-- is materialized, or the planner may hope for an early match and scan all calls.
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
      WHERE r.organization_id = rule.organization_id
        AND (r.value = match_candidates.value OR r.system = 'BIRD' AND r.value = lower(match_candidates.value)))
    SELECT c.id FROM found f JOIN calls c ON c.organization_id = rule.organization_id AND c.id = f.call_id
    WHERE is_candidate(c.*, at, reach) LIMIT 2;
  WHEN 'METADATA' THEN
    -- The number 42 equals the string "42"; numbers compare as they are written.
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
-- Finds the call for an event that names none. The oldest rule with a candidate decides; without one, rule_id is null
-- and candidates is empty. is_seen says that at least one rule finds a value in the event: without a value, no call can
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
    candidates := array(SELECT match_candidates(rule, value, p_at));
    IF cardinality(candidates) > 0 THEN
      rule_id := rule.id;
      RETURN;
    END IF;
  END LOOP;
  candidates := '{}';
END $$;
--> statement-breakpoint
-- Decides about waiting events that name no call, as if each arrived now, and applies those that match. Row locks
-- ensure that an event is decided once. `decided` counts the events for which a rule found a call.
CREATE OR REPLACE FUNCTION settle_by_rules(
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
        SELECT lower(f.value) FROM call_references f
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
-- The value by which waiting events are found. References in lower case, because Bird's ignore case; whether the call
-- is a candidate is checked again afterwards.
CREATE OR REPLACE FUNCTION waiting_value(metadata jsonb, path text[], call_field text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path FROM CURRENT
RETURN CASE
  WHEN call_field = 'REFERENCE' THEN lower(match_value(metadata, path, call_field))
  ELSE match_value(metadata, path, call_field)
END;
--> statement-breakpoint
-- Tries a new rule on one step of the waiting events with an id after p_after, and notes how far it got. Needs the
-- intake's exclusive lock.
CREATE OR REPLACE FUNCTION try_match_rule(
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
  SELECT p_organization, r.id, e.id, waiting_value(e.metadata, r.metadata_path, r.call_field)
  FROM match_rules r JOIN call_events e ON e.organization_id = r.organization_id AND e.id = ANY (events)
  WHERE r.organization_id = p_organization AND r.id = p_rule AND r.deleted_at IS NULL
    AND match_value(e.metadata, r.metadata_path, r.call_field) IS NOT NULL
  ON CONFLICT DO NOTHING;
  SELECT s.is_left INTO is_left FROM settle_by_rules(p_organization, array(
    SELECT v.event_id FROM match_rules r
    JOIN waiting_values v ON v.organization_id = r.organization_id AND v.rule_id = r.id AND v.event_id = ANY (events)
    JOIN call_events e ON e.organization_id = v.organization_id AND e.id = v.event_id
    WHERE r.organization_id = p_organization AND r.id = p_rule
      AND EXISTS (
        SELECT FROM match_candidates(r.*, match_value(e.metadata, r.metadata_path, r.call_field), e.event_time)
      )
  ), p_actor, '{}', p_max_bytes, p_max_depth) s;
  IF is_left OR cardinality(events) = most THEN
    INSERT INTO event_admissions (organization_id, id, rule_id, event_id, actor)
    VALUES (p_organization, new_uuid(), p_rule, CASE WHEN is_left THEN p_after ELSE events[most] END, p_actor);
    is_left := true;
  END IF;
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
-- Stores what the match rules see in an event that starts to wait, or what one new rule sees in all waiting events.
CREATE OR REPLACE FUNCTION keep_waiting_values(p_organization uuid, p_event uuid, p_rule uuid) RETURNS void
LANGUAGE sql VOLATILE SET search_path FROM CURRENT
BEGIN ATOMIC
  INSERT INTO waiting_values (organization_id, rule_id, event_id, value)
  SELECT p_organization, r.id, e.id, waiting_value(e.metadata, r.metadata_path, r.call_field)
  FROM call_events e JOIN match_rules r ON r.organization_id = e.organization_id AND r.deleted_at IS NULL
  WHERE e.organization_id = p_organization AND e.match = 'PENDING' AND e.target = 'RULES'
    AND (p_event IS NULL OR e.id = p_event) AND (p_rule IS NULL OR r.id = p_rule)
    AND match_value(e.metadata, r.metadata_path, r.call_field) IS NOT NULL;
END;
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
-- The running transactions that have drawn a label, each with a lower bound of that label. Each holds an advisory lock
-- whose key is the lower half of the bound. The bound is less than 2^31 away from `near`.
CREATE OR REPLACE FUNCTION log_writers(near bigint) RETURNS TABLE (bound bigint, pid integer, virtualtransaction text)
LANGUAGE sql VOLATILE SET search_path FROM CURRENT
BEGIN ATOMIC
  SELECT near + (((l.objid::bigint - near) << 32) >> 32), l.pid, l.virtualtransaction FROM pg_locks l
  WHERE l.locktype = 'advisory' AND l.classid = 1396853831 AND l.objsubid = 2
    AND l.database = (SELECT d.oid FROM pg_database d WHERE d.datname = current_database());
END;
--> statement-breakpoint
-- The end of the log as the snapshot `seen` shows it: all rows before this place are there and no more will come.
-- Transactions that write something else, or in another database, do not hold it back. VOLATILE, because it must see
-- what happened after `seen`: first the locks, then which transactions have ended. A transaction that runs in `seen`
-- * and is among the writers has no rows below its bound;
-- * and is not among them because it has ended has no rows below its id;
-- * and is not among them because it draws its label later has no rows below the ids that `seen` knows, and none before
--   the current value of the sequence.
CREATE OR REPLACE FUNCTION log_end(seen pg_snapshot, epoch_start bigint, OUT label bigint, OUT seq bigint)
LANGUAGE plpgsql VOLATILE SET search_path FROM CURRENT AS $$
DECLARE
  next_id bigint := pg_snapshot_xmax(seen)::text::bigint;
  next_seq bigint := coalesce(pg_sequence_last_value('call_change_seq'::regclass), 0) + 1;
  held bigint;
  ended bigint;
  later pg_snapshot;
BEGIN
  seq := 0;
  IF pg_is_in_recovery() THEN
    -- A standby does not see the primary's locks.
    label := epoch_start + pg_snapshot_xmin(seen)::text::bigint;
    RETURN;
  END IF;
  SELECT min(w.bound) INTO held FROM log_writers(next_id) w;
  later := pg_current_snapshot();
  SELECT min(x::text::bigint) INTO ended FROM pg_snapshot_xip(seen) x WHERE pg_visible_in_snapshot(x, later);
  label := epoch_start + least(held, ended, next_id);
  -- A label can be the next id, and the next transaction may be far off.
  IF label = epoch_start + next_id AND held IS DISTINCT FROM next_id
    AND pg_snapshot_xmax(later)::text::bigint = next_id
  THEN
    seq := next_seq;
  END IF;
END $$;

-- The same for the calling statement and its snapshot.
CREATE OR REPLACE FUNCTION log_end(OUT label bigint, OUT seq bigint)
LANGUAGE sql STABLE SET search_path FROM CURRENT
BEGIN ATOMIC
  SELECT e.label, e.seq FROM log_epoch o CROSS JOIN LATERAL log_end(pg_current_snapshot(), o.epoch << 48) e;
END;
--> statement-breakpoint
-- The age in seconds of the oldest transaction that holds back the end of the log.
CREATE OR REPLACE FUNCTION log_held_for() RETURNS double precision
LANGUAGE sql VOLATILE SET search_path FROM CURRENT
BEGIN ATOMIC
  SELECT greatest(0, extract(epoch FROM clock_timestamp() - min(coalesce(a.xact_start, p.prepared))))::double precision
  FROM log_writers(0) w
  LEFT JOIN pg_stat_activity a ON a.pid = w.pid
  LEFT JOIN pg_prepared_xacts p ON w.pid IS NULL AND p.transaction::text = split_part(w.virtualtransaction, '/', 2);
END;
--> statement-breakpoint
-- Identifies the place where this log lives. The text differs after a restore, in a copy, and on a promoted standby.
-- Some hosted services do not allow the first two parts to be read.
CREATE OR REPLACE FUNCTION log_home() RETURNS text
LANGUAGE plpgsql STABLE SET search_path FROM CURRENT AS $$
DECLARE
  cluster text;
BEGIN
  BEGIN
    cluster := (SELECT system_identifier FROM pg_control_system()) || '/'
      || left(pg_walfile_name(pg_current_wal_lsn()), 8);
  EXCEPTION WHEN insufficient_privilege OR feature_not_supported OR undefined_function THEN
    cluster := '';
  END;
  RETURN cluster || '/' || (SELECT d.oid FROM pg_database d WHERE d.datname = current_database())
    || '/' || 'call_changes'::regclass::oid;
END $$;
--> statement-breakpoint
-- Orders patches of the same time: the arrival in microseconds and eleven random bits, so that two in one microsecond
-- differ. A sequence would show each organization how much the others write. The result is above `previous` even if the
-- clock was set back.
CREATE OR REPLACE FUNCTION next_patch_arrival(previous bigint DEFAULT NULL) RETURNS bigint
LANGUAGE sql VOLATILE
RETURN greatest(
  (extract(epoch FROM clock_timestamp()) * 1000000)::bigint * 2048 + floor(random() * 2048)::bigint, previous + 1
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
-- Merges several patches in the given order. An item without a row in the result names no call. Locks all calls first,
-- in the order of their ids, because two batches could deadlock otherwise. A call that was joined into another one is
-- not locked: merge_call_metadata locks it before the other one when it gets its id.
CREATE OR REPLACE FUNCTION merge_calls_metadata(p_organization uuid, p_items jsonb, p_max_bytes integer, p_actor text)
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
--> statement-breakpoint
-- Starts a new epoch if the log has moved (log_home) or has labels that no transaction of this cluster can have drawn:
-- new labels must be above everything that was ever logged, including rows that were lost. The table lock waits for
-- running writers.
CREATE OR REPLACE FUNCTION raise_call_change_epoch() RETURNS void
LANGUAGE plpgsql VOLATILE SET search_path FROM CURRENT AS $$
DECLARE
  newest CONSTANT bigint := (
    SELECT max(last.label) FROM organizations o CROSS JOIN LATERAL (
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
-- Records an event that names a call, and applies it. p_event holds the columns of call_events except the arrival.
-- Returns no row and writes nothing if the call is unknown or the event was recorded before. An event that would make
-- the call's metadata too large is stored but does not count. The caller has checked the event's own depth.
CREATE OR REPLACE FUNCTION record_named_event(
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
-- Puts a new flow in force and returns the call. Returns no row and writes nothing if the change is refused or its key
-- was used before; the caller then finds out which under the call's lock.
CREATE OR REPLACE FUNCTION replace_call_flow(
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
--> statement-breakpoint
-- Saves a voice call and its call, computed without a lock: only if the call still has the revision p_revision, else
-- returns no row and writes nothing. p_followed holds columns of calls, p_record columns of voice_calls; p_is_record
-- says that the record itself changed. p_is_sought says that the call gets a value that match rules look at: the events
-- that wait for it are then applied, under the intake's lock, which is shared from before the write. is_left says that
-- more events remain.
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
    duration = f.duration, revision = c.revision + 1,
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
-- Functions get the author as one text. The character U+0001, which no name contains, marks a person's name.
CREATE OR REPLACE FUNCTION set_actor_type() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
  NEW.actor := substr(NEW.actor, 2);
  NEW.actor_type := 'PERSON';
  RETURN NEW;
END $$;

CREATE OR REPLACE TRIGGER set_actor_type BEFORE INSERT ON call_changes
FOR EACH ROW WHEN (starts_with(NEW.actor, E'\x01')) EXECUTE FUNCTION set_actor_type();
--> statement-breakpoint
CREATE INDEX "call_changes_call_index" ON "call_changes" USING btree ("organization_id","call_id","label","seq");--> statement-breakpoint
CREATE INDEX "call_changes_ledger_index" ON "call_changes" USING btree ("organization_id","call_id","effective_at","arrival") WHERE patch is not null;--> statement-breakpoint
CREATE INDEX "call_event_calls_call_index" ON "call_event_calls" USING btree ("organization_id","call_id","event_id");--> statement-breakpoint
CREATE INDEX "call_event_refusals_call_index" ON "call_event_refusals" USING btree ("organization_id","call_id","event_id");--> statement-breakpoint
CREATE INDEX "call_events_awaited_index" ON "call_events" USING btree ("organization_id","reference_system","reference_name","reference_value","event_time","arrival") WHERE match = 'PENDING' and reference_value is not null;--> statement-breakpoint
CREATE INDEX "call_events_unruled_index" ON "call_events" USING btree ("organization_id","id") WHERE match = 'PENDING' and target = 'RULES';--> statement-breakpoint
CREATE INDEX "call_events_match_index" ON "call_events" USING btree ("organization_id","match","id");--> statement-breakpoint
CREATE INDEX "call_events_session_index" ON "call_events" USING btree ("organization_id","session_id","id") WHERE session_id is not null;--> statement-breakpoint
CREATE INDEX "call_events_group_index" ON "call_events" USING btree ("organization_id","group_id","id") WHERE group_id is not null;--> statement-breakpoint
CREATE INDEX "call_events_time_index" ON "call_events" USING btree ("organization_id","event_time","id");--> statement-breakpoint
CREATE INDEX "event_admissions_call_index" ON "event_admissions" USING btree ("organization_id","call_id");--> statement-breakpoint
CREATE INDEX "waiting_values_value_index" ON "waiting_values" USING btree ("organization_id","rule_id","value");--> statement-breakpoint
CREATE INDEX "waiting_values_event_index" ON "waiting_values" USING btree ("organization_id","event_id");--> statement-breakpoint
CREATE INDEX "idempotency_keys_flow_index" ON "idempotency_keys" USING btree ("organization_id","flow_id");--> statement-breakpoint
CREATE INDEX "call_group_members_call_index" ON "call_group_members" USING btree ("organization_id","call_id");--> statement-breakpoint
CREATE INDEX "call_references_call_index" ON "call_references" USING btree ("organization_id","call_id");--> statement-breakpoint
CREATE INDEX "call_references_value_index" ON "call_references" USING btree ("organization_id","value");--> statement-breakpoint
CREATE INDEX "calls_joined_index" ON "calls" USING btree ("organization_id","joined_into") WHERE joined_into is not null;--> statement-breakpoint
CREATE INDEX "calls_status_index" ON "calls" USING btree ("organization_id","status","id");--> statement-breakpoint
CREATE INDEX "calls_from_index" ON "calls" USING btree ("organization_id",comparable_number(from_address),"id");--> statement-breakpoint
CREATE INDEX "calls_to_index" ON "calls" USING btree ("organization_id",comparable_number(to_address),"id");--> statement-breakpoint
CREATE INDEX "calls_customer_number_index" ON "calls" USING btree ("organization_id",comparable_number(customer_number),"id");--> statement-breakpoint
CREATE INDEX "calls_assistant_index" ON "calls" USING btree ("organization_id",left(assistant ->> 'assistantId', 256),"id");--> statement-breakpoint
CREATE INDEX "calls_channel_index" ON "calls" USING btree ("organization_id",left(channel_id, 256),"id");--> statement-breakpoint
CREATE INDEX "calls_metadata_index" ON "calls" USING gin ("organization_id","metadata" jsonb_path_ops,"tags",jsonb_path_query_array(metadata, '$.keyvalue().key') jsonb_path_ops) WITH (gin_pending_list_limit=1024);--> statement-breakpoint
CREATE INDEX "calls_updated_index" ON "calls" USING btree ("organization_id","updated_at","id") WHERE joined_into is null;--> statement-breakpoint
CREATE INDEX "calls_started_index" ON "calls" USING btree ("organization_id","started_at","id") WHERE joined_into is null;--> statement-breakpoint
CREATE INDEX "calls_ended_index" ON "calls" USING btree ("organization_id","ended_at","id") WHERE joined_into is null;--> statement-breakpoint
CREATE INDEX "calls_duration_index" ON "calls" USING btree ("organization_id","duration","id") WHERE joined_into is null;--> statement-breakpoint
CREATE INDEX "calls_parent_index" ON "calls" USING btree ("organization_id","parent_id","id") WHERE parent_id is not null;--> statement-breakpoint
CREATE INDEX "calls_waiting_for_parent_index" ON "calls" USING btree ("organization_id","parent_system","parent_name","parent_value") WHERE parent_value is not null;--> statement-breakpoint
CREATE INDEX "voice_calls_status_index" ON "voice_calls" USING btree ("organization_id","status","id");--> statement-breakpoint
CREATE INDEX "voice_calls_staff_index" ON "voice_calls" USING btree ("organization_id",left(staff_uid, 256),"id");--> statement-breakpoint
CREATE INDEX "voice_calls_client_index" ON "voice_calls" USING btree ("organization_id",left(client_uid, 256),"id");--> statement-breakpoint
CREATE INDEX "voice_calls_handled_by_index" ON "voice_calls" USING btree ("organization_id",left(handled_by_staff_uid, 256),"id");--> statement-breakpoint
CREATE INDEX "voice_calls_from_index" ON "voice_calls" USING btree ("organization_id","from_number","id");--> statement-breakpoint
CREATE INDEX "voice_calls_to_index" ON "voice_calls" USING btree ("organization_id","to_number","id");--> statement-breakpoint
CREATE INDEX "voice_calls_duration_index" ON "voice_calls" USING btree ("organization_id","duration","id");
--> statement-breakpoint
-- Three UUIDs have 366 random bits, of the same quality as those of a key.
INSERT INTO "cursor_secret" ("secret") VALUES (
  sha256(uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()))
);
--> statement-breakpoint
INSERT INTO "log_epoch" ("epoch", "home") VALUES (0, log_home());
