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
