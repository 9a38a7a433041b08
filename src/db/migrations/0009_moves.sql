CREATE TABLE "moved_rows" (
	"organization_id" uuid NOT NULL,
	"id" bigint GENERATED ALWAYS AS IDENTITY (sequence name "moved_rows_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"table_name" text NOT NULL,
	"key" jsonb NOT NULL,
	CONSTRAINT "moved_rows_organization_id_id_pk" PRIMARY KEY("organization_id","id")
);
--> statement-breakpoint
ALTER TABLE "organizations" ADD COLUMN "held_at" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "moved_rows" ADD CONSTRAINT "moved_rows_organization_id_organizations_organization_id_fk" FOREIGN KEY ("organization_id") REFERENCES "public"."organizations"("organization_id") ON DELETE no action ON UPDATE no action;
--> statement-breakpoint
-- Makes a part of the log. p_from is NULL for the first one, p_to for the last. Roles may do with it what they may do with
-- the log: pg_dump reads it.
CREATE OR REPLACE FUNCTION make_log_part(p_from bigint, p_to bigint) RETURNS void
LANGUAGE plpgsql VOLATILE SET search_path FROM CURRENT AS $$
DECLARE
  granted record;
BEGIN
  EXECUTE format('CREATE TABLE %I PARTITION OF call_changes FOR VALUES FROM (%s) TO (%s)', log_part(p_from),
    coalesce(p_from::text, 'MINVALUE'), coalesce(p_to::text, 'MAXVALUE'));
  EXECUTE format('CREATE INDEX ON %I (organization_id, id)', log_part(p_from));
  FOR granted IN
    SELECT a.privilege_type, CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE a.grantee::regrole::text END AS role
    FROM pg_class c CROSS JOIN aclexplode(c.relacl) a
    WHERE c.oid = 'call_changes'::regclass AND a.grantee <> c.relowner
  LOOP
    EXECUTE format('GRANT %s ON %I TO %s', granted.privilege_type, log_part(p_from), granted.role);
  END LOOP;
END $$;
--> statement-breakpoint
-- The advisory lock of an organization that is being moved: its writers share it, and the hand-over takes it alone.
CREATE OR REPLACE FUNCTION move_lock(organization uuid) RETURNS bigint
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN hashtextextended('switchboard: move of ' || organization, 0);
--> statement-breakpoint
-- For triggers that capture_moved_rows makes: notes which row was written, so that the copy of it is made good. Its
-- arguments are the table and the columns of its key. It waits while the organization is handed over, and refuses what
-- comes after that.
CREATE OR REPLACE FUNCTION note_moved_row() RETURNS trigger
LANGUAGE plpgsql VOLATILE SET search_path FROM CURRENT AS $$
DECLARE
  organization CONSTANT uuid := coalesce(NEW.organization_id, OLD.organization_id);
BEGIN
  PERFORM pg_advisory_xact_lock_shared(move_lock(organization));
  IF EXISTS (SELECT FROM organizations o WHERE o.organization_id = organization AND o.held_at IS NOT NULL) THEN
    RAISE EXCEPTION 'the organization has moved to another database' USING ERRCODE = 'SB001';
  END IF;
  INSERT INTO moved_rows (organization_id, table_name, key)
  SELECT organization, TG_ARGV[0], (
    SELECT jsonb_object_agg(k.name, written.image -> k.name) FROM unnest(TG_ARGV) WITH ORDINALITY k(name, place)
    WHERE k.place > 1
  )
  FROM (
    SELECT to_jsonb(OLD) AS image WHERE TG_OP <> 'INSERT'
    UNION
    SELECT to_jsonb(NEW) WHERE TG_OP <> 'DELETE'
  ) written;
  RETURN NULL;
END $$;
--> statement-breakpoint
-- The tables that have rows of organizations, where those are placed: all but the organizations and their keys. With the
-- columns that have values of their own, and those of the primary key.
CREATE OR REPLACE FUNCTION organization_tables() RETURNS TABLE (name text, columns text[], key text[])
LANGUAGE sql STABLE SET search_path FROM CURRENT
BEGIN ATOMIC
  SELECT t.relname::text,
    array(
      SELECT a.attname::text FROM pg_attribute a
      WHERE a.attrelid = t.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = '' ORDER BY a.attname
    ),
    array(
      SELECT a.attname::text FROM pg_index i CROSS JOIN LATERAL unnest(i.indkey::int2[]) WITH ORDINALITY k(number, place)
      JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = k.number
      WHERE i.indrelid = t.oid AND i.indisprimary ORDER BY k.place
    )
  FROM pg_class ours JOIN pg_class t ON t.relnamespace = ours.relnamespace
  WHERE ours.oid = 'organizations'::regclass AND t.relkind IN ('r', 'p') AND NOT t.relispartition
    AND t.relname NOT IN ('organizations', 'api_keys', 'moved_rows')
    AND EXISTS (
      SELECT FROM pg_attribute a WHERE a.attrelid = t.oid AND a.attname = 'organization_id' AND NOT a.attisdropped
    )
  ORDER BY t.relname;
END;
--> statement-breakpoint
-- Has every write to the organization's rows of a table noted in moved_rows, or ends that. Each trigger is of one kind of
-- write, because the condition of others would have no OLD or NEW.
CREATE OR REPLACE FUNCTION capture_moved_rows(organization uuid, owned text, is_on boolean) RETURNS void
LANGUAGE plpgsql VOLATILE SET search_path FROM CURRENT AS $$
DECLARE
  operation record;
  name text;
  is_there boolean;
BEGIN
  FOR operation IN SELECT * FROM (VALUES ('INSERT', 'NEW'), ('UPDATE', 'OLD'), ('DELETE', 'OLD')) o(kind, image) LOOP
    name := format('move_%s_%s', lower(operation.kind), replace(organization::text, '-', ''));
    is_there := EXISTS (SELECT FROM pg_trigger t WHERE t.tgrelid = quote_ident(owned)::regclass AND t.tgname = name);
    IF is_there AND NOT is_on THEN
      EXECUTE format('DROP TRIGGER %I ON %I', name, owned);
    ELSIF is_on AND NOT is_there THEN
      EXECUTE format(
        'CREATE TRIGGER %I AFTER %s ON %I FOR EACH ROW WHEN (%s.organization_id = %L) EXECUTE FUNCTION note_moved_row(%L, %s)',
        name, operation.kind, owned, operation.image, organization, owned,
        (SELECT string_agg(quote_literal(k), ', ') FROM organization_tables() t CROSS JOIN LATERAL unnest(t.key) k
         WHERE t.name = owned)
      );
    END IF;
  END LOOP;
END $$;
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
    JOIN organizations g ON g.organization_id = a.organization_id AND g.suspended_at IS NULL AND g.held_at IS NULL
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
    JOIN organizations g ON g.organization_id = a.organization_id AND g.suspended_at IS NULL AND g.held_at IS NULL
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
    JOIN organizations g ON g.organization_id = a.organization_id AND g.suspended_at IS NULL AND g.held_at IS NULL
    WHERE a.deleted_at IS NULL
    -- An account that has many waits for others.
    ORDER BY claimed.number, d.next_attempt_at, d.id
    LIMIT p_most
  ) due
  WHERE m.organization_id = due.organization_id AND m.id = due.id
  RETURNING m.*;
$$;
--> statement-breakpoint
-- Makes the first part of the log again, if it was dropped: the labels of rows that come from another database may be
-- older than all that are here. As the owner, because who serves makes no tables.
CREATE OR REPLACE FUNCTION make_first_log_part() RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path FROM CURRENT SET lock_timeout = '200ms' AS $$
BEGIN
  PERFORM set_config('search_path', quote_ident(current_schema()) || ', pg_temp', true);
  PERFORM lock_log_parts();
  IF to_regclass(log_part(NULL)) IS NULL THEN
    PERFORM make_log_part(NULL, (SELECT min(p.label) FROM log_parts p));
  END IF;
END $$;
