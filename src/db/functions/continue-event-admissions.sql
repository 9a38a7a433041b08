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
