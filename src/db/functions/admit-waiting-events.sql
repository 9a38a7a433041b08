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
