CREATE TABLE "log_parts" (
	"label" bigint PRIMARY KEY NOT NULL,
	"begun_at" timestamp (3) with time zone
);
--> statement-breakpoint
-- The log becomes a partitioned table, and the present one its first part, as it is: no row is read or written. Its indexes and its
-- foreign key become those of the whole. Gateways of before go on by the names of the tables.
LOCK TABLE "calls" IN EXCLUSIVE MODE;--> statement-breakpoint
LOCK TABLE "vendor_accounts" IN SHARE ROW EXCLUSIVE MODE;--> statement-breakpoint
DROP TRIGGER "set_actor_type" ON "call_changes";--> statement-breakpoint
DROP TRIGGER "write_deliveries" ON "call_changes";--> statement-breakpoint
ALTER TABLE "call_changes" RENAME TO "call_changes_first";--> statement-breakpoint
ALTER INDEX "call_changes_organization_id_label_seq_pk" RENAME TO "call_changes_first_pk";--> statement-breakpoint
ALTER INDEX "call_changes_id_unique" RENAME TO "call_changes_first_id_unique";--> statement-breakpoint
ALTER INDEX "call_changes_call_index" RENAME TO "call_changes_first_call_index";--> statement-breakpoint
ALTER INDEX "call_changes_ledger_index" RENAME TO "call_changes_first_ledger_index";--> statement-breakpoint
CREATE TABLE "call_changes" (
	LIKE "call_changes_first" INCLUDING DEFAULTS,
	CONSTRAINT "call_changes_organization_id_label_seq_pk" PRIMARY KEY("organization_id","label","seq")
) PARTITION BY RANGE ("label");--> statement-breakpoint
ALTER TABLE "call_changes" ADD CONSTRAINT "call_changes_organization_id_account_id_vendor_accounts_organization_id_id_fk" FOREIGN KEY ("organization_id","account_id") REFERENCES "vendor_accounts"("organization_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "call_changes_call_index" ON "call_changes" USING btree ("organization_id","call_id","label","seq");--> statement-breakpoint
CREATE INDEX "call_changes_ledger_index" ON "call_changes" USING btree ("organization_id","call_id","effective_at","arrival") WHERE patch is not null;--> statement-breakpoint
ALTER TABLE "call_changes" ATTACH PARTITION "call_changes_first" FOR VALUES FROM (MINVALUE) TO (MAXVALUE);--> statement-breakpoint
-- Roles that were granted the table before are granted the whole.
DO $$
DECLARE
  granted record;
BEGIN
  FOR granted IN
    SELECT a.privilege_type, CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE a.grantee::regrole::text END AS role
    FROM pg_class c CROSS JOIN aclexplode(c.relacl) a
    WHERE c.oid = 'call_changes_first'::regclass AND a.grantee <> c.relowner
  LOOP
    EXECUTE format('GRANT %s ON call_changes TO %s', granted.privilege_type, granted.role);
    EXECUTE format('GRANT SELECT ON log_parts TO %s', granted.role);
  END LOOP;
END $$;--> statement-breakpoint
-- The name of the part of the log that begins with a label; NULL for the first part, which has what is older than all others.
CREATE OR REPLACE FUNCTION log_part(p_label bigint) RETURNS text
LANGUAGE sql IMMUTABLE
RETURN CASE WHEN p_label IS NULL THEN 'call_changes_first' ELSE 'call_changes_' || (p_label >> 48) END;
--> statement-breakpoint
-- Makes a part of the log. p_to is NULL for the last one. Roles may do with it what they may do with the log: pg_dump reads it.
CREATE OR REPLACE FUNCTION make_log_part(p_from bigint, p_to bigint) RETURNS void
LANGUAGE plpgsql VOLATILE SET search_path FROM CURRENT AS $$
DECLARE
  granted record;
BEGIN
  EXECUTE format('CREATE TABLE %I PARTITION OF call_changes FOR VALUES FROM (%s) TO (%s)', log_part(p_from), p_from,
    coalesce(p_to::text, 'MAXVALUE'));
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
-- For functions that change the parts of the log as their owner: one at a time, and only for a role that may delete rows of the
-- log. What they name is found where they are themselves, whatever temporary tables their caller has.
CREATE OR REPLACE FUNCTION lock_log_parts() RETURNS void
LANGUAGE plpgsql VOLATILE SET search_path FROM CURRENT AS $$
BEGIN
  IF NOT has_table_privilege(session_user, 'call_changes', 'DELETE') THEN
    RAISE insufficient_privilege USING MESSAGE = 'permission denied for table call_changes';
  END IF;
  LOCK TABLE log_parts IN EXCLUSIVE MODE;
END $$;
--> statement-breakpoint
-- Takes the next step towards a new part of the log, if the present part is at least p_age old. Returns which:
-- * NOT_DUE;
-- * BOUNDED: the last part is in use, as it is before the first step of all. It got an end far ahead, in a constraint;
-- * CHECKED: all its rows are before that end;
-- * BEGUN: new rows go to a new part.
-- Each step is a transaction of its own: the check reads all rows, beside the traffic, and the others hold their locks for
-- milliseconds. A part begins with a new epoch of labels, and has room for more: a restore begins one too. After the present
-- part there is always one without an end, so each label has its part. As the owner, because who serves makes no tables.
CREATE OR REPLACE FUNCTION advance_log_part(p_age interval) RETURNS text
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path FROM CURRENT SET lock_timeout = '200ms' AS $$
DECLARE
  room CONSTANT bigint := 4::bigint << 48;
  far CONSTANT bigint := 1000::bigint << 48;
  present bigint;
  part bigint;
  next bigint;
  begun timestamptz;
BEGIN
  PERFORM set_config('search_path', quote_ident(current_schema()) || ', pg_temp', true);
  PERFORM lock_log_parts();
  -- A restore, or a promoted standby, has begun epochs until the log came to the last part.
  UPDATE log_parts p SET begun_at = clock_timestamp() WHERE p.begun_at IS NULL AND p.label <= call_change_epoch_start();
  SELECT max(p.label) FILTER (WHERE p.begun_at IS NOT NULL), max(p.label) FILTER (WHERE p.begun_at IS NULL), max(p.begun_at)
  INTO part, next, begun FROM log_parts p;
  IF begun > clock_timestamp() - p_age THEN
    RETURN 'NOT_DUE';
  END IF;
  IF next IS NULL THEN
    next := call_change_epoch_start() + far;
    EXECUTE format('ALTER TABLE %I ADD CONSTRAINT log_part_end CHECK (label >= %s AND label < %s) NOT VALID',
      log_part(part), coalesce(part, 0), next);
    INSERT INTO log_parts (label) VALUES (next);
    RETURN 'BOUNDED';
  END IF;
  IF EXISTS (
    SELECT FROM pg_constraint k
    WHERE k.conrelid = to_regclass(log_part(part)) AND k.conname = 'log_part_end' AND NOT k.convalidated
  ) THEN
    EXECUTE format('ALTER TABLE %I VALIDATE CONSTRAINT log_part_end', log_part(part));
    RETURN 'CHECKED';
  END IF;
  -- No writer is left that has drawn a label. The others are those of the statements below, in the order of docs/locks.md.
  LOCK TABLE calls IN EXCLUSIVE MODE;
  LOCK TABLE vendor_accounts IN SHARE ROW EXCLUSIVE MODE;
  LOCK TABLE call_changes IN ACCESS EXCLUSIVE MODE;
  IF call_change_epoch_start() >= next THEN
    RETURN 'NOT_DUE';
  END IF;
  IF to_regclass(log_part(next)) IS NULL THEN
    EXECUTE format('ALTER TABLE call_changes DETACH PARTITION %I', log_part(part));
    EXECUTE format('ALTER TABLE call_changes ATTACH PARTITION %I FOR VALUES FROM (%s) TO (%s)', log_part(part),
      coalesce(part::text, 'MINVALUE'), next);
    EXECUTE format('ALTER TABLE %I DROP CONSTRAINT log_part_end', log_part(part));
  ELSE
    -- Empty until now, and without an end.
    EXECUTE format('DROP TABLE %I', log_part(next));
  END IF;
  PERFORM make_log_part(next, next + room);
  PERFORM make_log_part(next + room, NULL);
  UPDATE log_parts p SET begun_at = clock_timestamp() WHERE p.label = next;
  INSERT INTO log_parts (label) VALUES (next + room);
  UPDATE log_epoch SET epoch = next >> 48;
  RETURN 'BEGUN';
END $$;
--> statement-breakpoint
-- Drops the oldest part of the log if the log has gone on to another one and all rows of the part were pruned, of every
-- organization. Returns whether it did. As the owner, because who serves drops no tables.
CREATE OR REPLACE FUNCTION drop_log_part() RETURNS boolean
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path FROM CURRENT SET lock_timeout = '200ms' SET enable_seqscan = off AS $$
DECLARE
  oldest bigint;
  ends bigint;
BEGIN
  PERFORM set_config('search_path', quote_ident(current_schema()) || ', pg_temp', true);
  PERFORM lock_log_parts();
  IF to_regclass(log_part(NULL)) IS NULL THEN
    oldest := (SELECT min(p.label) FROM log_parts p);
  END IF;
  ends := (SELECT min(p.label) FROM log_parts p WHERE p.begun_at IS NOT NULL AND p.label > coalesce(oldest, 0));
  -- In the index's order, because Postgres expects EXISTS to end at once, and would scan the whole part.
  IF ends IS NULL OR EXISTS (
    SELECT FROM organizations o LEFT JOIN pruned_changes p ON p.organization_id = o.organization_id
    WHERE (
      SELECT h.label FROM call_changes h
      WHERE h.organization_id = o.organization_id AND h.label >= coalesce(p.label, 0) AND h.label < ends
        AND (h.label, h.seq) > (coalesce(p.label, 0), coalesce(p.seq, 0))
      ORDER BY h.label, h.seq LIMIT 1
    ) IS NOT NULL
  ) THEN
    RETURN false;
  END IF;
  EXECUTE format('DROP TABLE %I', log_part(oldest));
  DELETE FROM log_parts p WHERE p.label = oldest;
  RETURN true;
END $$;
--> statement-breakpoint
-- The patches of records: those of the log, and what still counts of those that were pruned: their rows may be in the log until
-- its part is dropped. They count in the order of (effective_at, arrival).
CREATE OR REPLACE FUNCTION call_ledger(p_organization uuid, p_records uuid[]) RETURNS TABLE (
  call_id uuid, effective_at timestamptz, arrival bigint, patch jsonb, event_id uuid, account_id uuid
)
LANGUAGE sql STABLE ROWS 20
BEGIN ATOMIC
  SELECT h.call_id, h.effective_at, h.arrival, h.patch, h.event_id, h.account_id FROM call_changes h
  WHERE h.organization_id = p_organization AND h.call_id = ANY (p_records) AND h.patch IS NOT NULL
    AND (h.label, h.seq) > (
      SELECT coalesce(max(p.label), 0), coalesce(max(p.seq), 0) FROM pruned_changes p WHERE p.organization_id = p_organization
    )
  UNION ALL
  SELECT c.call_id, c.effective_at, c.arrival, c.patch, c.event_id, c.account_id FROM checkpoint_patches c
  WHERE c.organization_id = p_organization AND c.call_id = ANY (p_records);
END;
--> statement-breakpoint
-- Prunes the oldest rows of an organization's log that were recorded before p_before: one step of at most p_most, with
-- about four mebibytes. What the records' other rows need of them goes into call_checkpoints, and what still counts of their
-- patches into checkpoint_patches, so that the ledger folds as before with any patch that comes later. Locks the records
-- against erasures alone: the calls do not change. Rows of a part of the log that is to be dropped as a whole stay in it, but
-- are not read: the place says that they are pruned. A plan that was made while the checkpoints were empty would scan them.
-- Returns how many rows are gone; 0 at the end.
CREATE OR REPLACE FUNCTION prune_log(p_organization uuid, p_before timestamptz, p_most integer) RETURNS integer
LANGUAGE plpgsql VOLATILE SET search_path FROM CURRENT SET enable_seqscan = off AS $$
DECLARE
  most_bytes CONSTANT bigint := 4194304;
  place record;
  step record;
  -- The parts that are dropped as a whole: all between the first, which has what is older than they are, and the present one.
  whole_from bigint;
  whole_to bigint;
  present uuid[];
  gone call_changes[];
  target record;
  keys text[];
  entry record;
  cover jsonb;
  remaining jsonb;
BEGIN
  -- No patch is withdrawn meanwhile: see withdraw_event.
  PERFORM pg_advisory_xact_lock(hashtextextended(p_organization || ' pruning', 0));
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
  SELECT coalesce(min(p.label), 0), coalesce(max(p.label), 0) INTO whole_from, whole_to FROM log_parts p
  WHERE p.begun_at IS NOT NULL;
  WITH d AS (
    DELETE FROM call_changes h
    WHERE h.organization_id = p_organization AND h.label BETWEEN place.label AND step.label
      AND (h.label, h.seq) > (place.label, place.seq) AND (h.label, h.seq) <= (step.label, step.seq)
      AND (h.label < whole_from OR h.label >= whole_to)
    RETURNING h AS entry
  )
  SELECT coalesce(array_agg(r.entry), '{}') INTO gone FROM (
    SELECT d.entry FROM d
    UNION ALL
    SELECT h FROM call_changes h
    WHERE h.organization_id = p_organization AND h.label BETWEEN place.label AND step.label
      AND (h.label, h.seq) > (place.label, place.seq) AND (h.label, h.seq) <= (step.label, step.seq)
      AND h.label >= whole_from AND h.label < whole_to
  ) r;
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
  -- prune_log would keep a patch that it has read before.
  PERFORM pg_advisory_xact_lock_shared(hashtextextended(p_organization || ' pruning', 0));
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
