CREATE TABLE "call_imports" (
	"organization_id" uuid NOT NULL,
	"id" uuid NOT NULL,
	"account_id" uuid NOT NULL,
	"state" text NOT NULL,
	"from" timestamp (3) with time zone,
	"to" timestamp (3) with time zone,
	"until" timestamp (3) with time zone NOT NULL,
	"seen" integer DEFAULT 0 NOT NULL,
	"total" integer,
	"created" integer DEFAULT 0 NOT NULL,
	"updated" integer DEFAULT 0 NOT NULL,
	"failed" integer DEFAULT 0 NOT NULL,
	"position" timestamp (3) with time zone,
	"cursor" jsonb,
	"counted_page" integer DEFAULT 0 NOT NULL,
	"page" integer DEFAULT 1 NOT NULL,
	"last_error" text,
	"attempts" integer DEFAULT 0 NOT NULL,
	"failing_since" timestamp (3) with time zone,
	"next_attempt_at" timestamp (3) with time zone NOT NULL,
	"claim" uuid,
	"claimed_until" timestamp (3) with time zone,
	"created_at" timestamp (3) with time zone NOT NULL,
	"finished_at" timestamp (3) with time zone,
	CONSTRAINT "call_imports_organization_id_id_pk" PRIMARY KEY("organization_id","id")
);
--> statement-breakpoint
CREATE TABLE "deliveries" (
	"organization_id" uuid NOT NULL,
	"id" uuid NOT NULL,
	"account_id" uuid NOT NULL,
	"call_id" uuid,
	"lane" uuid NOT NULL,
	"kind" text NOT NULL,
	"state" text NOT NULL,
	"priority" smallint NOT NULL,
	"position" bigint GENERATED ALWAYS AS IDENTITY (sequence name "deliveries_position_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"change_id" uuid,
	"event_id" uuid,
	"flow_id" uuid,
	"touched" jsonb,
	"caused_by" uuid,
	"trace" text,
	"attempts" integer DEFAULT 0 NOT NULL,
	"next_attempt_at" timestamp (3) with time zone NOT NULL,
	"first_attempt_at" timestamp (3) with time zone,
	"replayed_at" timestamp (3) with time zone,
	"last_attempt_at" timestamp (3) with time zone,
	"claim" uuid,
	"claimed_until" timestamp (3) with time zone,
	"is_woken" boolean DEFAULT false NOT NULL,
	"is_held" boolean DEFAULT false NOT NULL,
	"last_error" text,
	"vendor_request_id" text,
	"delivered_at" timestamp (3) with time zone,
	"created_at" timestamp (3) with time zone NOT NULL,
	"updated_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "deliveries_organization_id_id_pk" PRIMARY KEY("organization_id","id")
);
--> statement-breakpoint
CREATE TABLE "inbound_messages" (
	"organization_id" uuid NOT NULL,
	"id" uuid NOT NULL,
	"account_id" uuid NOT NULL,
	"body" "bytea",
	"headers" jsonb NOT NULL,
	"query" text NOT NULL,
	"digest" "bytea" NOT NULL,
	"state" text,
	"signed" boolean DEFAULT false NOT NULL,
	"verified" boolean DEFAULT false NOT NULL,
	"reason" text,
	"call_id" uuid,
	"attempts" integer DEFAULT 0 NOT NULL,
	"next_attempt_at" timestamp (3) with time zone,
	"begun_at" timestamp (3) with time zone NOT NULL,
	"claim" uuid,
	"claimed_until" timestamp (3) with time zone,
	"received_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "inbound_messages_organization_id_id_pk" PRIMARY KEY("organization_id","id"),
	CONSTRAINT "inbound_messages_digest_unique" UNIQUE("organization_id","account_id","digest")
);
--> statement-breakpoint
CREATE TABLE "call_recordings" (
	"organization_id" uuid NOT NULL,
	"id" uuid NOT NULL,
	"call_id" uuid NOT NULL,
	"system" text NOT NULL,
	"vendor_id" text NOT NULL,
	"kind" text NOT NULL,
	"status" text,
	"duration" integer,
	"format" text,
	"created_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "call_recordings_organization_id_id_pk" PRIMARY KEY("organization_id","id"),
	CONSTRAINT "call_recordings_vendor_unique" UNIQUE("organization_id","system","vendor_id")
);
--> statement-breakpoint
CREATE TABLE "call_transcripts" (
	"organization_id" uuid NOT NULL,
	"id" uuid NOT NULL,
	"call_id" uuid NOT NULL,
	"system" text NOT NULL,
	"vendor_id" text,
	"status" text,
	"language" text,
	"summary" text,
	"lines" jsonb NOT NULL,
	"digest" text NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "call_transcripts_organization_id_id_pk" PRIMARY KEY("organization_id","id"),
	CONSTRAINT "call_transcripts_vendor_unique" UNIQUE("organization_id","system","vendor_id")
);
--> statement-breakpoint
CREATE TABLE "vendor_accounts" (
	"organization_id" uuid NOT NULL,
	"id" uuid NOT NULL,
	"system" text NOT NULL,
	"name" text NOT NULL,
	"base_url" text NOT NULL,
	"settings" jsonb NOT NULL,
	"secrets" text,
	"secret_expires_at" timestamp (3) with time zone,
	"webhook_token_hash" "bytea",
	"old_webhook_token_hash" "bytea",
	"old_webhook_token_until" timestamp (3) with time zone,
	"sends" boolean NOT NULL,
	"receives" boolean NOT NULL,
	"paused" boolean DEFAULT false NOT NULL,
	"updates_position" text,
	"updates_due_at" timestamp (3) with time zone,
	"kinds" text[] NOT NULL,
	"concurrency" integer NOT NULL,
	"base_rate" double precision NOT NULL,
	"rate" double precision NOT NULL,
	"tokens" double precision DEFAULT 0 NOT NULL,
	"tokens_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"failures" integer DEFAULT 0 NOT NULL,
	"open_until" timestamp (3) with time zone,
	"is_refused" boolean DEFAULT false NOT NULL,
	"state_reason" text,
	"created_at" timestamp (3) with time zone NOT NULL,
	"updated_at" timestamp (3) with time zone NOT NULL,
	"deleted_at" timestamp (3) with time zone,
	CONSTRAINT "vendor_accounts_organization_id_id_pk" PRIMARY KEY("organization_id","id"),
	CONSTRAINT "vendor_accounts_webhook_token_unique" UNIQUE("webhook_token_hash"),
	CONSTRAINT "vendor_accounts_old_webhook_token_unique" UNIQUE("old_webhook_token_hash")
);
--> statement-breakpoint
ALTER TABLE "call_changes" ADD COLUMN "account_id" uuid;--> statement-breakpoint
ALTER TABLE "call_references" ADD COLUMN "account_id" uuid;--> statement-breakpoint
ALTER TABLE "call_imports" ADD CONSTRAINT "call_imports_organization_id_account_id_vendor_accounts_organization_id_id_fk" FOREIGN KEY ("organization_id","account_id") REFERENCES "public"."vendor_accounts"("organization_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "deliveries" ADD CONSTRAINT "deliveries_organization_id_call_id_calls_organization_id_id_fk" FOREIGN KEY ("organization_id","call_id") REFERENCES "public"."calls"("organization_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "inbound_messages" ADD CONSTRAINT "inbound_messages_organization_id_account_id_vendor_accounts_organization_id_id_fk" FOREIGN KEY ("organization_id","account_id") REFERENCES "public"."vendor_accounts"("organization_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "inbound_messages" ADD CONSTRAINT "inbound_messages_organization_id_call_id_calls_organization_id_id_fk" FOREIGN KEY ("organization_id","call_id") REFERENCES "public"."calls"("organization_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "call_recordings" ADD CONSTRAINT "call_recordings_organization_id_call_id_calls_organization_id_id_fk" FOREIGN KEY ("organization_id","call_id") REFERENCES "public"."calls"("organization_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "call_transcripts" ADD CONSTRAINT "call_transcripts_organization_id_call_id_calls_organization_id_id_fk" FOREIGN KEY ("organization_id","call_id") REFERENCES "public"."calls"("organization_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "vendor_accounts" ADD CONSTRAINT "vendor_accounts_organization_id_organizations_organization_id_fk" FOREIGN KEY ("organization_id") REFERENCES "public"."organizations"("organization_id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE UNIQUE INDEX "call_imports_running_unique" ON "call_imports" USING btree ("organization_id","account_id") WHERE state = 'RUNNING';--> statement-breakpoint
CREATE INDEX "call_imports_account_index" ON "call_imports" USING btree ("organization_id","account_id","id");--> statement-breakpoint
CREATE UNIQUE INDEX "deliveries_open_unique" ON "deliveries" USING btree ("organization_id","account_id","call_id","kind") WHERE kind in ('METADATA', 'VOICE_CALL') and state in ('PENDING', 'RETRYING', 'INCOMPLETE') and claim is null;--> statement-breakpoint
CREATE INDEX "deliveries_due_index" ON "deliveries" USING btree ("organization_id","account_id","priority","next_attempt_at","position") WHERE state in ('PENDING', 'RETRYING') and not is_held;--> statement-breakpoint
CREATE INDEX "deliveries_lane_index" ON "deliveries" USING btree ("organization_id","account_id","lane","kind","position") WHERE state in ('PENDING', 'RETRYING', 'DEAD');--> statement-breakpoint
CREATE INDEX "deliveries_claimed_index" ON "deliveries" USING btree ("organization_id","account_id") WHERE claim is not null;--> statement-breakpoint
CREATE INDEX "deliveries_call_index" ON "deliveries" USING btree ("organization_id","call_id","id");--> statement-breakpoint
CREATE INDEX "deliveries_account_index" ON "deliveries" USING btree ("organization_id","account_id","id");--> statement-breakpoint
CREATE INDEX "deliveries_state_index" ON "deliveries" USING btree ("organization_id","state","id");--> statement-breakpoint
CREATE INDEX "deliveries_event_index" ON "deliveries" USING btree ("organization_id","event_id") WHERE event_id is not null;--> statement-breakpoint
CREATE INDEX "deliveries_updated_index" ON "deliveries" USING btree ("organization_id","updated_at","id");--> statement-breakpoint
CREATE INDEX "inbound_messages_due_index" ON "inbound_messages" USING btree ("organization_id","account_id","next_attempt_at","id") WHERE next_attempt_at is not null;--> statement-breakpoint
CREATE INDEX "inbound_messages_claimed_index" ON "inbound_messages" USING btree ("organization_id","account_id") WHERE claim is not null;--> statement-breakpoint
CREATE INDEX "inbound_messages_account_index" ON "inbound_messages" USING btree ("organization_id","account_id","id");--> statement-breakpoint
CREATE INDEX "inbound_messages_state_index" ON "inbound_messages" USING btree ("organization_id","state","id");--> statement-breakpoint
CREATE INDEX "inbound_messages_refused_index" ON "inbound_messages" USING btree ("organization_id","account_id","id") WHERE state = 'REFUSED';--> statement-breakpoint
CREATE INDEX "inbound_messages_body_index" ON "inbound_messages" USING btree ("organization_id","account_id","id") WHERE body is not null;--> statement-breakpoint
CREATE INDEX "inbound_messages_call_index" ON "inbound_messages" USING btree ("organization_id","call_id") WHERE call_id is not null;--> statement-breakpoint
CREATE INDEX "call_recordings_call_index" ON "call_recordings" USING btree ("organization_id","call_id");--> statement-breakpoint
CREATE INDEX "call_transcripts_call_index" ON "call_transcripts" USING btree ("organization_id","call_id");--> statement-breakpoint
CREATE UNIQUE INDEX "vendor_accounts_name_unique" ON "vendor_accounts" USING btree ("organization_id","name") WHERE deleted_at is null;--> statement-breakpoint
ALTER TABLE "call_changes" ADD CONSTRAINT "call_changes_organization_id_account_id_vendor_accounts_organization_id_id_fk" FOREIGN KEY ("organization_id","account_id") REFERENCES "public"."vendor_accounts"("organization_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "call_references" ADD CONSTRAINT "call_references_organization_id_account_id_vendor_accounts_organization_id_id_fk" FOREIGN KEY ("organization_id","account_id") REFERENCES "public"."vendor_accounts"("organization_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "voice_calls_updated_index" ON "voice_calls" USING btree ("organization_id","updated_at","id");
--> statement-breakpoint
-- Takes deliveries to send, for p_lease: in the order of their lanes, one at a time in a lane, hang-ups first. An account
-- gives as many as its concurrency and rate allow, and an organization of_organization at once. A half-open circuit gives
-- one, a hang-up every other time, so that one that always fails is not every try. The lock of the account's row
-- makes claims of several gateways come one after another; an account that another one is claiming is passed over. A
-- delivery that is not settled within the lease is taken over. A claim looks at the first of those that are due, so that
-- it takes no longer if many wait; events that it finds behind others are held until those are done.
CREATE OR REPLACE FUNCTION claim_deliveries(p_claim uuid, p_lease interval, p_most integer) RETURNS SETOF deliveries
LANGUAGE plpgsql VOLATILE SET search_path FROM CURRENT AS $$
DECLARE
  opens_at CONSTANT integer := 5;
  of_organization CONSTANT integer := 64;
  looks_at integer;
  started timestamptz := clock_timestamp();
  account vendor_accounts;
  present timestamptz;
  in_flight integer;
  in_organization integer;
  -- The priority that a half-open circuit tries.
  probe integer;
  is_other boolean;
  filled double precision;
  free integer;
  taken integer;
  found integer;
BEGIN
  FOR account IN
    SELECT a.* FROM vendor_accounts a
    -- As a join, because EXISTS may be planned as a scan of all deliveries.
    CROSS JOIN LATERAL (
      SELECT FROM deliveries d
      WHERE d.organization_id = a.organization_id AND d.account_id = a.id AND d.state IN ('PENDING', 'RETRYING')
        AND NOT d.is_held AND d.next_attempt_at <= started AND coalesce(d.claimed_until <= started, true)
      ORDER BY d.priority, d.next_attempt_at, d.position LIMIT 1
    ) due
    WHERE a.deleted_at IS NULL AND a.sends AND NOT a.paused AND coalesce(a.open_until <= started, true)
    ORDER BY a.tokens_at
    FOR NO KEY UPDATE OF a SKIP LOCKED
  LOOP
    EXIT WHEN p_most <= 0;
    present := clock_timestamp();
    -- By account, for the planner to take the index of claims.
    SELECT coalesce(sum(d.number) FILTER (WHERE o.id = account.id), 0), coalesce(sum(d.number), 0)
    INTO in_flight, in_organization
    FROM vendor_accounts o CROSS JOIN LATERAL (
      SELECT count(*) AS number FROM (
        SELECT FROM deliveries d
        WHERE d.organization_id = o.organization_id AND d.account_id = o.id AND d.claim IS NOT NULL
          AND d.claimed_until > present
        LIMIT 1000
      ) d
    ) d
    WHERE o.organization_id = account.organization_id;
    filled := least(greatest(account.rate, 1),
      account.tokens + account.rate * extract(epoch FROM present - account.tokens_at));
    probe := CASE WHEN account.failures >= opens_at OR account.is_refused THEN (random() < 0.5)::integer END;
    free := least(p_most, floor(filled)::integer, of_organization - in_organization,
      CASE WHEN probe IS NULL THEN account.concurrency ELSE 1 END - in_flight);
    CONTINUE WHEN free <= 0;
    taken := 0;
    looks_at := 200;
    is_other := false;
    LOOP
      RETURN QUERY
      WITH due AS (
        SELECT DISTINCT ON (d.lane) d.id, d.priority, d.next_attempt_at, d.position FROM (
          SELECT d.* FROM (
            SELECT d.id, d.lane, d.kind, d.priority, d.next_attempt_at, d.position FROM deliveries d
            WHERE d.organization_id = account.organization_id AND d.account_id = account.id
              AND d.state IN ('PENDING', 'RETRYING') AND NOT d.is_held AND d.next_attempt_at <= present
              AND coalesce(d.claimed_until <= present, true) AND (probe IS NULL OR d.priority = probe)
            ORDER BY d.priority, d.next_attempt_at, d.position LIMIT looks_at
          ) d
          WHERE NOT EXISTS (
              SELECT FROM deliveries o
              WHERE o.organization_id = account.organization_id AND o.account_id = account.id AND o.lane = d.lane
                AND o.state IN ('PENDING', 'RETRYING', 'DEAD') AND o.kind = d.kind AND o.position < d.position
                AND (o.state <> 'DEAD' OR o.kind = 'EVENT')
            )
            AND NOT EXISTS (
              SELECT FROM deliveries o
              WHERE o.organization_id = account.organization_id AND o.account_id = account.id AND o.lane = d.lane
                AND o.claim IS NOT NULL AND o.claimed_until > present
            )
          ORDER BY d.priority, d.next_attempt_at, d.position
          LIMIT 4 * (free - taken)
        ) d
        ORDER BY d.lane, d.priority, d.position
      ), first AS (
        SELECT f.id FROM due f ORDER BY f.priority, f.next_attempt_at, f.position LIMIT free - taken
      )
      UPDATE deliveries d SET claim = p_claim, claimed_until = present + p_lease, attempts = d.attempts + 1,
        first_attempt_at = coalesce(d.first_attempt_at, present), last_attempt_at = present, is_woken = false,
        updated_at = present
      FROM (
        SELECT l.id FROM deliveries l
        WHERE l.organization_id = account.organization_id AND l.id IN (SELECT f.id FROM first f)
          AND l.state IN ('PENDING', 'RETRYING') AND coalesce(l.claimed_until, l.next_attempt_at) <= present
        FOR NO KEY UPDATE SKIP LOCKED
      ) locked
      WHERE d.organization_id = account.organization_id AND d.id = locked.id
      RETURNING d.*;
      GET DIAGNOSTICS found = ROW_COUNT;
      taken := taken + found;
      EXIT WHEN taken >= free;
      UPDATE deliveries d SET is_held = true
      FROM (
        SELECT l.id FROM deliveries l
        WHERE l.organization_id = account.organization_id AND l.id IN (
          SELECT d.id FROM (
            SELECT d.id, d.lane, d.kind, d.position FROM deliveries d
            WHERE d.organization_id = account.organization_id AND d.account_id = account.id
              AND d.state IN ('PENDING', 'RETRYING') AND NOT d.is_held AND d.next_attempt_at <= present
              AND coalesce(d.claimed_until <= present, true) AND (probe IS NULL OR d.priority = probe)
            ORDER BY d.priority, d.next_attempt_at, d.position LIMIT looks_at
          ) d
          WHERE d.kind = 'EVENT' AND EXISTS (
            SELECT FROM deliveries o
            WHERE o.organization_id = account.organization_id AND o.account_id = account.id AND o.lane = d.lane
              AND o.kind = 'EVENT' AND o.state IN ('PENDING', 'RETRYING', 'DEAD') AND o.position < d.position
          )
        )
        FOR NO KEY UPDATE SKIP LOCKED
      ) locked
      WHERE d.organization_id = account.organization_id AND d.id = locked.id;
      GET DIAGNOSTICS found = ROW_COUNT;
      IF found = 0 THEN
        EXIT WHEN probe IS NULL OR is_other;
        probe := 1 - probe;
        is_other := true;
      END IF;
      looks_at := 2 * looks_at;
    END LOOP;
    p_most := p_most - taken;
    UPDATE vendor_accounts a SET tokens = filled - taken, tokens_at = present
    WHERE taken > 0 AND a.organization_id = account.organization_id AND a.id = account.id;
  END LOOP;
END $$;
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
    ORDER BY d.next_attempt_at
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
    ORDER BY claimed.number, d.next_attempt_at
    LIMIT p_most
  ) due
  WHERE m.organization_id = due.organization_id AND m.id = due.id
  RETURNING m.*;
$$;
--> statement-breakpoint
-- Locks deliveries, after their calls: a write to a call changes its deliveries under the call's lock.
CREATE OR REPLACE FUNCTION lock_deliveries(p_organization uuid, p_deliveries uuid[]) RETURNS void
LANGUAGE plpgsql VOLATILE SET search_path FROM CURRENT AS $$
BEGIN
  PERFORM FROM calls c
  WHERE c.organization_id = p_organization AND c.id IN (
    SELECT l.call_id FROM deliveries l WHERE l.organization_id = p_organization AND l.id = ANY (p_deliveries)
  ) ORDER BY c.id FOR NO KEY UPDATE;
  PERFORM FROM deliveries l
  WHERE l.organization_id = p_organization AND l.id = ANY (p_deliveries) ORDER BY l.id FOR NO KEY UPDATE;
END $$;
--> statement-breakpoint
-- Ends the holding of the events that are the first of their lanes now, after these deliveries have ended there. The
-- caller has locked the account, and so no claim is holding others meanwhile: see claim_deliveries.
CREATE OR REPLACE FUNCTION release_events(p_organization uuid, p_deliveries uuid[]) RETURNS void
LANGUAGE sql VOLATILE SET search_path FROM CURRENT
BEGIN ATOMIC
  UPDATE deliveries d SET is_held = false
  FROM deliveries e
  WHERE e.organization_id = p_organization AND e.id = ANY (p_deliveries) AND e.kind = 'EVENT'
    AND d.organization_id = p_organization AND d.is_held AND d.id = (
      SELECT o.id FROM deliveries o
      WHERE o.organization_id = p_organization AND o.account_id = e.account_id AND o.lane = e.lane AND o.kind = 'EVENT'
        AND o.state IN ('PENDING', 'RETRYING', 'DEAD')
      ORDER BY o.position LIMIT 1
    );
END;
--> statement-breakpoint
-- Gives deliveries up. Returns what is wrong with each id, by its place from 0, and then writes nothing: UNKNOWN, or the
-- state it is in. A try that is under way keeps its claim, and so its lane: see settle_delivery.
CREATE OR REPLACE FUNCTION discard_deliveries(p_organization uuid, p_deliveries uuid[])
RETURNS TABLE (place integer, problem text)
LANGUAGE plpgsql VOLATILE SET search_path FROM CURRENT AS $$
DECLARE
  present timestamptz(3);
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
-- The members of an object, down to the leaves, as nested objects: {"a": {"b": 1}} gives {"a": {"b": {}}}. merge_patch
-- unites two shapes, because a shape has no nulls. Its callers set the search path.
CREATE OR REPLACE FUNCTION json_shape(value jsonb) RETURNS jsonb
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
BEGIN
  IF jsonb_typeof(value) IS DISTINCT FROM 'object' THEN
    RETURN '{}';
  END IF;
  RETURN (
    SELECT coalesce(jsonb_object_agg(m.key,
      CASE WHEN jsonb_typeof(m.value) = 'object' THEN json_shape(m.value) ELSE '{}' END), '{}')
    FROM jsonb_each(value) m
  );
END $$;
--> statement-breakpoint
-- Gives a joined record's deliveries to the call. Of two open ones of a kind, the call's takes over.
CREATE OR REPLACE FUNCTION move_deliveries(p_organization uuid, p_from uuid, p_to uuid) RETURNS void
LANGUAGE plpgsql VOLATILE SET search_path FROM CURRENT AS $$
DECLARE
  open_states CONSTANT text[] := '{PENDING,RETRYING,INCOMPLETE}';
BEGIN
  UPDATE deliveries d SET touched = merge_patch(o.touched, d.touched)
  FROM deliveries o
  WHERE d.organization_id = p_organization AND d.call_id = p_to AND d.state = ANY (open_states) AND d.claim IS NULL
    AND o.organization_id = p_organization AND o.call_id = p_from AND o.state = ANY (open_states) AND o.claim IS NULL
    AND d.account_id = o.account_id AND d.kind = o.kind AND d.kind = 'METADATA';
  UPDATE deliveries o SET state = 'SUPERSEDED', updated_at = clock_timestamp()
  WHERE o.organization_id = p_organization AND o.call_id = p_from AND o.kind IN ('METADATA', 'VOICE_CALL')
    AND o.state = ANY (open_states) AND o.claim IS NULL AND EXISTS (
      SELECT FROM deliveries d
      WHERE d.organization_id = p_organization AND d.call_id = p_to AND d.account_id = o.account_id AND d.kind = o.kind
        AND d.state = ANY (open_states) AND d.claim IS NULL
    );
  UPDATE deliveries o SET call_id = p_to, lane = p_to WHERE o.organization_id = p_organization AND o.call_id = p_from;
END $$;
--> statement-breakpoint
-- An object with a null for each member that is in the shape and not in it, at every depth. Its
-- caller sets the search path.
CREATE OR REPLACE FUNCTION whole_members(present jsonb, shape jsonb) RETURNS jsonb
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
BEGIN
  RETURN present || (
    SELECT coalesce(jsonb_object_agg(s.key, CASE WHEN present ? s.key
      THEN whole_members(present -> s.key, s.value) ELSE 'null' END), '{}')
    FROM jsonb_each(shape) s
    WHERE NOT present ? s.key OR s.value <> '{}' AND jsonb_typeof(present -> s.key) = 'object'
  );
END $$;
--> statement-breakpoint
-- What a vendor is sent of a call's metadata: each touched top-level member whole, and a null for all that was removed,
-- at whatever depth. So the vendor ends with the same members whether it merges the top level only or all of it.
CREATE OR REPLACE FUNCTION outgoing_metadata(metadata jsonb, touched jsonb) RETURNS jsonb
LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path FROM CURRENT
RETURN (
  SELECT coalesce(jsonb_object_agg(m.key, m.value), '{}') FROM jsonb_each(whole_members(metadata, touched)) m
  WHERE touched ? m.key
);
--> statement-breakpoint
-- Sends deliveries again that ended without success, from their first try on. Returns what is wrong with each id, by its
-- place from 0, and then writes nothing: UNKNOWN, SENDING (a try is under way), DELETED (its account is), or the state it
-- is in. An open delivery of the same kind takes a METADATA or VOICE_CALL over, and a newer flow or hang-up a flow, which
-- is SUPERSEDED then.
CREATE OR REPLACE FUNCTION replay_deliveries(p_organization uuid, p_deliveries uuid[])
RETURNS TABLE (place integer, problem text)
LANGUAGE plpgsql VOLATILE SET search_path FROM CURRENT AS $$
DECLARE
  present timestamptz(3);
  d deliveries;
  is_superseded boolean;
BEGIN
  PERFORM lock_deliveries(p_organization, p_deliveries);
  -- Keeps the accounts from being deleted meanwhile.
  PERFORM FROM vendor_accounts a
  WHERE a.organization_id = p_organization AND a.id IN (
    SELECT l.account_id FROM deliveries l WHERE l.organization_id = p_organization AND l.id = ANY (p_deliveries)
  ) ORDER BY a.id FOR SHARE;
  present := clock_timestamp();
  RETURN QUERY
  SELECT q.ordinal::integer - 1, q.found FROM (
    SELECT n.ordinal, CASE
        WHEN l.call_id IS NULL THEN 'UNKNOWN'
        WHEN l.state NOT IN ('DEAD', 'EXPIRED', 'DISCARDED') THEN l.state
        WHEN l.claimed_until > present THEN 'SENDING'
        WHEN a.deleted_at IS NOT NULL THEN 'DELETED'
      END AS found
    FROM unnest(p_deliveries) WITH ORDINALITY n (id, ordinal)
    LEFT JOIN deliveries l ON l.organization_id = p_organization AND l.id = n.id
    LEFT JOIN vendor_accounts a ON a.organization_id = p_organization AND a.id = l.account_id
  ) q
  WHERE q.found IS NOT NULL ORDER BY q.ordinal;
  IF FOUND THEN
    RETURN;
  END IF;
  -- From the newest on, so that an older one finds it open.
  FOR d IN
    SELECT l.* FROM deliveries l WHERE l.organization_id = p_organization AND l.id = ANY (p_deliveries)
    ORDER BY l.position DESC
  LOOP
    LOOP
      UPDATE deliveries n SET updated_at = present,
        touched = CASE WHEN n.position < d.position THEN merge_patch(n.touched, d.touched)
          ELSE merge_patch(d.touched, n.touched) END,
        change_id = CASE WHEN n.position < d.position THEN d.change_id ELSE n.change_id END
      WHERE d.kind IN ('METADATA', 'VOICE_CALL') AND n.organization_id = p_organization
        AND n.account_id = d.account_id AND n.call_id = d.call_id AND n.kind = d.kind
        AND n.state IN ('PENDING', 'RETRYING', 'INCOMPLETE') AND n.claim IS NULL AND n.id <> d.id;
      is_superseded := FOUND OR d.kind = 'CALL_FLOW' AND EXISTS (
        SELECT FROM deliveries n
        WHERE n.organization_id = p_organization AND n.account_id = d.account_id AND n.call_id = d.call_id
          AND n.kind IN ('CALL_FLOW', 'HANG_UP') AND n.position > d.position
          AND n.state NOT IN ('DEAD', 'SUPERSEDED', 'EXPIRED', 'DISCARDED')
      );
      BEGIN
        UPDATE deliveries l SET claim = NULL, claimed_until = NULL, is_woken = false, is_held = false,
          updated_at = present,
          state = CASE WHEN is_superseded THEN 'SUPERSEDED' ELSE 'PENDING' END,
          attempts = CASE WHEN is_superseded THEN l.attempts ELSE 0 END,
          first_attempt_at = CASE WHEN is_superseded THEN l.first_attempt_at END, next_attempt_at = present, replayed_at = present
        WHERE l.organization_id = p_organization AND l.id = d.id;
        EXIT;
      EXCEPTION WHEN unique_violation THEN
        -- A try has just ended without success: its delivery takes this one over.
      END;
    END LOOP;
  END LOOP;
END $$;
--> statement-breakpoint
-- Processes inbound messages anew; until that is done they stay as they are shown. Returns what is wrong with each id, by
-- its place from 0, and then writes nothing: UNKNOWN, FORGOTTEN (without its body) or DELETED (its account is). A try that
-- is under way does not count.
CREATE OR REPLACE FUNCTION replay_inbound_messages(p_organization uuid, p_messages uuid[])
RETURNS TABLE (place integer, problem text)
LANGUAGE plpgsql VOLATILE SET search_path FROM CURRENT AS $$
DECLARE
  present timestamptz(3) := clock_timestamp();
BEGIN
  PERFORM FROM inbound_messages m
  WHERE m.organization_id = p_organization AND m.id = ANY (p_messages) ORDER BY m.id FOR NO KEY UPDATE;
  RETURN QUERY
  SELECT q.ordinal::integer - 1, q.found FROM (
    SELECT n.ordinal, CASE
        WHEN m.state IS NULL THEN 'UNKNOWN'
        WHEN m.body IS NULL THEN 'FORGOTTEN'
        WHEN a.deleted_at IS NOT NULL THEN 'DELETED'
      END AS found
    FROM unnest(p_messages) WITH ORDINALITY n (id, ordinal)
    LEFT JOIN inbound_messages m ON m.organization_id = p_organization AND m.id = n.id
    LEFT JOIN vendor_accounts a ON a.organization_id = p_organization AND a.id = m.account_id
  ) q
  WHERE q.found IS NOT NULL ORDER BY q.ordinal;
  IF FOUND THEN
    RETURN;
  END IF;
  UPDATE inbound_messages m SET attempts = 0, next_attempt_at = present, begun_at = present, claim = NULL, claimed_until = NULL
  WHERE m.organization_id = p_organization AND m.id = ANY (p_messages);
END $$;
--> statement-breakpoint
-- Functions get the author as one text: see actorOf. Control characters, which no name contains, mark its parts: U+0003 a
-- trace context, U+0001 a person's name, U+0002 an account's id and name.
CREATE OR REPLACE FUNCTION set_actor_type() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
  IF starts_with(NEW.actor, E'\x03') THEN
    PERFORM set_config('switchboard.trace', substr(NEW.actor, 2, 55), true);
    NEW.actor := substr(NEW.actor, 57);
  END IF;
  IF starts_with(NEW.actor, E'\x01') THEN
    NEW.actor_type := 'PERSON';
    NEW.actor := substr(NEW.actor, 2);
  ELSIF starts_with(NEW.actor, E'\x02') THEN
    NEW.actor_type := 'VENDOR_ACCOUNT';
    NEW.account_id := substr(NEW.actor, 2, 36)::uuid;
    NEW.actor := substr(NEW.actor, 38);
  END IF;
  RETURN NEW;
END $$;

CREATE OR REPLACE TRIGGER set_actor_type BEFORE INSERT ON call_changes
FOR EACH ROW WHEN (left(NEW.actor, 1) IN (E'\x01', E'\x02', E'\x03')) EXECUTE FUNCTION set_actor_type();
--> statement-breakpoint
-- Ends a try of a delivery, unless it was taken over: false then. p_state is what the try has led to; RETRYING after
-- p_delay. p_verdict is what it says of the account: OK, FAILED (a step to an open circuit), REFUSED (the credentials),
-- LIMITED (429: half the rate) or NONE. After a day a delivery that keeps failing is DEAD, but none while its account's
-- circuit is open. account_reason is the account's new reason if its state changed.
CREATE OR REPLACE FUNCTION settle_delivery(
  p_organization uuid, p_delivery uuid, p_claim uuid, p_state text, p_error text, p_request_id text, p_delay interval,
  p_verdict text, p_give_up interval, OUT is_settled boolean, OUT state text, OUT account_reason text
)
LANGUAGE plpgsql VOLATILE SET search_path FROM CURRENT AS $$
DECLARE
  opens_at CONSTANT integer := 5;
  present timestamptz(3);
  d deliveries;
  account vendor_accounts;
  before vendor_accounts;
BEGIN
  is_settled := false;
  SELECT s.* INTO d FROM deliveries s
  WHERE s.organization_id = p_organization AND s.id = p_delivery AND s.claim = p_claim FOR NO KEY UPDATE;
  IF NOT FOUND THEN
    RETURN;
  END IF;
  SELECT a.* INTO account FROM vendor_accounts a
  WHERE a.organization_id = p_organization AND a.id = d.account_id FOR NO KEY UPDATE;
  present := clock_timestamp();
  before := account;
  CASE p_verdict
    WHEN 'OK' THEN
      account.failures := 0;
      account.is_refused := false;
      account.open_until := NULL;
      account.state_reason := NULL;
      account.rate := least(account.base_rate, account.rate + account.base_rate / 20);
    WHEN 'FAILED' THEN
      account.failures := account.failures + 1;
      IF account.failures >= opens_at THEN
        account.open_until := present + least(30 * 2 ^ least(account.failures - opens_at, 10), 600) * interval '1 second';
        account.state_reason := p_error;
      END IF;
    WHEN 'REFUSED' THEN
      account.is_refused := true;
      account.open_until := present + interval '10 minutes';
      account.state_reason := p_error;
    WHEN 'LIMITED' THEN
      account.failures := 0;
      account.rate := greatest(account.rate / 2, least(account.base_rate, 1));
    ELSE
      -- A try that made no request.
      IF p_state <> 'RETRYING' THEN
        account.tokens := least(greatest(account.rate, 1), account.tokens + 1);
      END IF;
  END CASE;
  IF account IS DISTINCT FROM before THEN
    UPDATE vendor_accounts a SET failures = account.failures, is_refused = account.is_refused,
      open_until = account.open_until, state_reason = account.state_reason, rate = account.rate,
      tokens = account.tokens
    WHERE a.organization_id = p_organization AND a.id = d.account_id;
  END IF;
  IF account.state_reason IS DISTINCT FROM before.state_reason THEN
    account_reason := coalesce(account.state_reason, '');
  END IF;
  state := CASE
    -- Discarded during the try: only what the vendor has taken counts.
    WHEN d.state = 'DISCARDED' AND p_state NOT IN ('DELIVERED', 'DELIVERED_DIFFERENT') THEN 'DISCARDED'
    WHEN account.deleted_at IS NOT NULL AND p_state IN ('RETRYING', 'INCOMPLETE') THEN 'DISCARDED'
    WHEN p_state = 'INCOMPLETE' AND d.is_woken THEN 'PENDING'
    WHEN p_state = 'RETRYING' AND d.kind = 'CALL_FLOW' AND EXISTS (
      SELECT FROM deliveries n
      WHERE n.organization_id = p_organization AND n.account_id = d.account_id AND n.call_id = d.call_id
        AND n.kind IN ('CALL_FLOW', 'HANG_UP') AND n.position > d.position
        AND n.state NOT IN ('DEAD', 'EXPIRED', 'DISCARDED')
    ) THEN 'SUPERSEDED'
    WHEN p_state = 'RETRYING' AND p_verdict IN ('FAILED', 'LIMITED') AND account.failures < opens_at
      AND present - greatest(d.first_attempt_at, d.created_at, d.replayed_at) > p_give_up THEN 'DEAD'
    ELSE p_state
  END;
  is_settled := true;
  LOOP
    IF state IN ('PENDING', 'RETRYING', 'INCOMPLETE') AND d.kind IN ('METADATA', 'VOICE_CALL') THEN
      -- A delivery of later changes has opened meanwhile: it takes this one's changes over, and its turn.
      UPDATE deliveries n SET touched = merge_patch(d.touched, n.touched), attempts = d.attempts,
        first_attempt_at = d.first_attempt_at, last_attempt_at = d.last_attempt_at, last_error = p_error,
        state = CASE p_state WHEN 'RETRYING' THEN 'RETRYING' ELSE n.state END,
        next_attempt_at = greatest(n.next_attempt_at, present + p_delay), updated_at = present
      WHERE n.organization_id = p_organization AND n.account_id = d.account_id AND n.call_id = d.call_id
        AND n.kind = d.kind AND n.state IN ('PENDING', 'RETRYING', 'INCOMPLETE') AND n.claim IS NULL AND n.id <> d.id;
      IF FOUND THEN
        state := 'SUPERSEDED';
      END IF;
    END IF;
    BEGIN
      UPDATE deliveries s SET state = settle_delivery.state, claim = NULL, claimed_until = NULL, is_woken = false,
        last_error = p_error, vendor_request_id = coalesce(p_request_id, s.vendor_request_id),
        next_attempt_at = present + p_delay, updated_at = present,
        attempts = CASE p_state WHEN 'INCOMPLETE' THEN s.attempts - 1 ELSE s.attempts END,
        delivered_at = CASE WHEN p_state IN ('DELIVERED', 'DELIVERED_DIFFERENT') THEN present END
      WHERE s.organization_id = p_organization AND s.id = p_delivery;
      PERFORM release_events(p_organization, ARRAY[p_delivery]) WHERE d.kind = 'EVENT';
      RETURN;
    EXCEPTION WHEN unique_violation THEN
      -- It opened just now.
    END;
  END LOOP;
END $$;
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
        WHERE c.organization_id = p_organization AND c.id = p_call AND c.workspace_id = a.settings ->> 'workspaceId'
          AND coalesce(c.channel_id = a.settings ->> 'channelId', true)
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
      CROSS JOIN LATERAL (
        SELECT 'METADATA' AS delivery, NULL::uuid AS flow_id, merge_patch(
          merge_patch(json_shape(n.old_values -> 'metadata'), json_shape(n.new_values -> 'metadata')), '{}') AS touched
        WHERE n.old_values ? 'metadata' OR n.new_values ? 'metadata'
        UNION ALL
        -- The call has become one of this vendor's, which knows nothing of its metadata.
        SELECT 'METADATA', NULL, json_shape(c.metadata) FROM calls c
        WHERE c.organization_id = n.organization_id AND c.id = n.call_id AND c.metadata <> '{}'
          AND jsonb_path_exists(n.new_values, '$.references[*] ? (@.system == $s)', jsonb_build_object('s', a.system))
          AND NOT jsonb_path_exists(n.old_values, '$.references[*] ? (@.system == $s)', jsonb_build_object('s', a.system))
          AND n.kind <> 'REGISTERED'
        UNION ALL
        SELECT 'VOICE_CALL', NULL, NULL WHERE n.new_values ? 'voiceCall'
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
-- Writes the deliveries of new events, in their transaction. The call comes later, if at all: see write_deliveries.
CREATE OR REPLACE FUNCTION write_event_deliveries() RETURNS trigger
LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
  INSERT INTO deliveries (organization_id, id, account_id, lane, kind, state, priority, event_id, next_attempt_at,
    created_at, updated_at)
  SELECT e.organization_id, new_uuid(), a.id, e.id, 'EVENT', 'PENDING', 1, e.id, t.recorded, t.recorded, t.recorded
  FROM new_events e
  JOIN vendor_accounts a ON a.organization_id = e.organization_id AND a.deleted_at IS NULL AND a.sends
    AND 'EVENT' = ANY (a.kinds)
  CROSS JOIN (SELECT clock_timestamp()::timestamptz(3) AS recorded) t;
  RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER write_event_deliveries AFTER INSERT ON call_events
REFERENCING NEW TABLE AS new_events FOR EACH STATEMENT EXECUTE FUNCTION write_event_deliveries();
