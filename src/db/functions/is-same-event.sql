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
