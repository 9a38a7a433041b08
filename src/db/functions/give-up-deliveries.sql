-- Makes deliveries DISCARDED, which the caller has locked or whose calls it has. A try that is under way keeps its claim,
-- and so its lane: see settle_delivery. Locks them, by id, and then their accounts.
CREATE OR REPLACE FUNCTION give_up_deliveries(p_organization uuid, p_deliveries uuid[]) RETURNS void
LANGUAGE plpgsql VOLATILE SET search_path FROM CURRENT AS $$
DECLARE
  present timestamptz(3);
BEGIN
  IF cardinality(p_deliveries) = 0 THEN
    RETURN;
  END IF;
  PERFORM FROM deliveries l
  WHERE l.organization_id = p_organization AND l.id = ANY (p_deliveries) ORDER BY l.id FOR NO KEY UPDATE;
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
