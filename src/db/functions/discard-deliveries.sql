-- Gives deliveries up. Returns what is wrong with each id, by its place from 0, and then writes nothing: UNKNOWN, or the
-- state it is in. A try that is under way keeps its claim, and so its lane: see settle_delivery.
CREATE OR REPLACE FUNCTION discard_deliveries(p_organization uuid, p_deliveries uuid[])
RETURNS TABLE (place integer, problem text)
LANGUAGE plpgsql VOLATILE SET search_path FROM CURRENT AS $$
DECLARE
  present timestamptz(3);
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
  PERFORM FROM vendor_accounts a
  WHERE a.organization_id = p_organization AND a.id IN (
    SELECT l.account_id FROM deliveries l WHERE l.organization_id = p_organization AND l.id = ANY (p_deliveries)
  ) ORDER BY a.id FOR NO KEY UPDATE;
  present := clock_timestamp();
  UPDATE deliveries l SET state = 'DISCARDED', updated_at = present, is_held = false,
    claim = CASE WHEN l.claimed_until > present THEN l.claim END,
    claimed_until = CASE WHEN l.claimed_until > present THEN l.claimed_until END
  WHERE l.organization_id = p_organization AND l.id = ANY (p_deliveries);
  PERFORM release_events(p_organization, p_deliveries);
END $$;
