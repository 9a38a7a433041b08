-- Ends the holding of the events that are the first of their lanes now, after these deliveries have ended there. The
-- caller has locked the account, and so no claim is holding others meanwhile: see claim_deliveries.
CREATE OR REPLACE FUNCTION release_events(p_organization uuid, p_deliveries uuid[]) RETURNS void
LANGUAGE sql VOLATILE SET search_path FROM CURRENT
BEGIN ATOMIC
  UPDATE deliveries d SET is_held = false
  FROM deliveries e
  WHERE e.organization_id = p_organization AND e.id = ANY (p_deliveries) AND e.kind = 'EVENT'
    AND d.organization_id = p_organization AND d.is_held AND d.id = (
      SELECT o.id FROM deliveries o
      WHERE o.organization_id = p_organization AND o.account_id = e.account_id AND o.lane = e.lane AND o.kind = 'EVENT'
        AND o.state IN ('PENDING', 'RETRYING', 'DEAD')
      ORDER BY o.position LIMIT 1
    );
END;
