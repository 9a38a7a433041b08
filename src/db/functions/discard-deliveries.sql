-- Gives deliveries up. Returns what is wrong with each id, by its place from 0, and then writes nothing: UNKNOWN, or the
-- state it is in.
CREATE OR REPLACE FUNCTION discard_deliveries(p_organization uuid, p_deliveries uuid[])
RETURNS TABLE (place integer, problem text)
LANGUAGE plpgsql VOLATILE SET search_path FROM CURRENT AS $$
BEGIN
  PERFORM lock_deliveries(p_organization, p_deliveries);
  RETURN QUERY
  SELECT n.ordinal::integer - 1, CASE WHEN l.call_id IS NULL THEN 'UNKNOWN' ELSE l.state END
  FROM unnest(p_deliveries) WITH ORDINALITY n (id, ordinal)
  LEFT JOIN deliveries l ON l.organization_id = p_organization AND l.id = n.id
  WHERE l.call_id IS NULL OR l.state NOT IN ('PENDING', 'RETRYING', 'INCOMPLETE', 'DEAD', 'EXPIRED')
  ORDER BY n.ordinal;
  IF FOUND THEN
    RETURN;
  END IF;
  PERFORM give_up_deliveries(p_organization, p_deliveries);
END $$;
