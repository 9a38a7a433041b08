-- Writes what `search` looks at of these calls, but for their transcripts. A joined record is in no list.
CREATE OR REPLACE FUNCTION write_call_search(p_organization uuid, p_calls uuid[]) RETURNS void
-- A session keeps its plan, which may be of the time when the tables were empty. Of itself it would plan each call anew,
-- which takes several times as long as the rest: a plan for a list of unknown length looks more expensive.
LANGUAGE plpgsql VOLATILE SET search_path FROM CURRENT SET enable_seqscan = off
SET plan_cache_mode = force_generic_plan AS $$
DECLARE
  separator CONSTANT text := E'\x1f';
BEGIN
  INSERT INTO call_search AS s (organization_id, call_id, source, text, numbers)
  SELECT c.organization_id, c.id, c.id,
    search_fold(concat_ws(separator, c.from_address, c.to_address, nullif(nullif(c.customer_number, c.from_address), c.to_address),
      c.assistant ->> 'name', nullif(array_to_string(c.tags, separator), ''), r.reference_values, v.call_summary)),
    concat_ws(separator, search_digits(c.from_address), search_digits(c.to_address), search_digits(c.customer_number))
  FROM unnest(p_calls) w (id)
  -- Fenced, so that each call is looked up by its id, whatever the planner knows of the tables.
  CROSS JOIN LATERAL (
    SELECT * FROM calls c WHERE c.organization_id = p_organization AND c.id = w.id OFFSET 0
  ) c
  LEFT JOIN LATERAL (
    SELECT string_agg(n.value, separator ORDER BY n.position) AS reference_values FROM call_references n
    WHERE n.organization_id = p_organization AND n.call_id = c.id
  ) r ON true
  LEFT JOIN LATERAL (
    SELECT v.call_summary FROM voice_calls v WHERE v.organization_id = p_organization AND v.call_id = c.id OFFSET 0
  ) v ON true
  WHERE c.joined_into IS NULL
  ON CONFLICT (organization_id, call_id, source) DO UPDATE SET text = excluded.text, numbers = excluded.numbers
  WHERE (s.text, s.numbers) IS DISTINCT FROM (excluded.text, excluded.numbers);
END $$;
