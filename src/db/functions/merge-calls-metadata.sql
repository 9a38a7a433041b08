-- Merges several patches in the given order. An item without a row in the result names no call. Locks all calls first,
-- in the order of their ids, because two batches could deadlock otherwise. A call that was joined into another one is
-- not locked: merge_call_metadata locks it before the other one when it gets its id.
CREATE OR REPLACE FUNCTION merge_calls_metadata(p_organization uuid, p_items jsonb, p_max_bytes integer, p_actor text)
RETURNS TABLE (place bigint, outcome text, call calls)
LANGUAGE plpgsql VOLATILE SET search_path FROM CURRENT AS $$
DECLARE
  item record;
BEGIN
  PERFORM FROM calls c WHERE c.organization_id = p_organization AND c.id IN (
    SELECT coalesce(named.joined_into, named.id)
    FROM jsonb_to_recordset(p_items) i (call uuid, system text, name text, value text)
    LEFT JOIN call_references r ON i.call IS NULL AND r.organization_id = p_organization
      AND r.system = i.system AND r.name = i.name AND r.value = i.value
    JOIN calls named ON named.organization_id = p_organization AND named.id = coalesce(i.call, r.call_id)
  ) ORDER BY c.id FOR NO KEY UPDATE;
  FOR item IN
    SELECT i.*, coalesce(named.joined_into, i.call) AS present
    FROM ROWS FROM (jsonb_to_recordset(p_items) AS (
      call uuid, system text, name text, value text, patch jsonb, expected integer, change uuid
    )) WITH ORDINALITY i (call, system, name, value, patch, expected, change, place)
    LEFT JOIN calls named ON named.organization_id = p_organization AND named.id = i.call
    ORDER BY i.place
  LOOP
    RETURN QUERY SELECT item.place, m.outcome, m.call FROM merge_call_metadata(p_organization, item.present,
      item.system, item.name, item.value, item.patch, item.expected, p_max_bytes, item.change, p_actor) m;
  END LOOP;
END $$;
