ALTER TABLE "vendor_accounts" ADD COLUMN "updates_done" text[] DEFAULT '{}' NOT NULL;
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
-- A vendor's message as one text, whatever its bytes are. A text has no zero byte.
CREATE OR REPLACE FUNCTION message_text(m inbound_messages) RETURNS text
LANGUAGE sql STABLE SET search_path FROM CURRENT
RETURN coalesce(CASE
    WHEN position('\x00'::bytea IN m.body) > 0 THEN regexp_replace(encode(m.body, 'escape'), '\\000', ' ', 'g')
    ELSE convert_from(m.body, 'LATIN1') END, '') || E'\n' || m.query || E'\n' || m.headers::text;
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
-- Withdraws an event, and takes the first step of taking it out of its calls; continue_event_admissions takes the others.
-- A call's metadata may grow by it beyond the limit. Unsent deliveries of the event are given up. Under the exclusive intake
-- lock no step of admission runs. Returns no row if there is no such event.
CREATE OR REPLACE FUNCTION dismiss_call_event(p_organization uuid, p_event uuid, p_actor text) RETURNS SETOF call_events
LANGUAGE plpgsql VOLATILE SET search_path FROM CURRENT AS $$
DECLARE
  event call_events;
BEGIN
  PERFORM pg_advisory_xact_lock(hashtextextended(p_organization || ' intake', 0));
  SELECT e.* INTO event FROM call_events e
  WHERE e.organization_id = p_organization AND e.id = p_event FOR UPDATE;
  IF NOT FOUND THEN
    RETURN;
  END IF;
  IF event.match = 'DISMISSED' THEN
    RETURN NEXT event;
    RETURN;
  END IF;
  UPDATE call_events e SET match = 'DISMISSED'
  WHERE e.organization_id = p_organization AND e.id = p_event RETURNING e.* INTO event;
  DELETE FROM waiting_values v WHERE v.organization_id = p_organization AND v.event_id = p_event;
  DELETE FROM event_admissions a WHERE a.organization_id = p_organization AND a.event_id = p_event AND a.rule_id IS NULL;
  PERFORM withdraw_event(p_organization, p_event, p_actor, least(events_of_a_step(), 500));
  PERFORM give_up_deliveries(p_organization, array(
    SELECT d.id FROM deliveries d
    WHERE d.organization_id = p_organization AND d.event_id = p_event
      AND d.state IN ('PENDING', 'RETRYING', 'INCOMPLETE', 'DEAD')
  ));
  RETURN NEXT event;
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
      AND position(r.value IN concat_ws(' ', i.asked_after, i.last_error, i.cursor)) > 0
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
    CROSS JOIN LATERAL (SELECT message_text(m) AS said OFFSET 0) t
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
