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
