-- Locks deliveries, after their calls: a write to a call changes its deliveries under the call's lock.
CREATE OR REPLACE FUNCTION lock_deliveries(p_organization uuid, p_deliveries uuid[]) RETURNS void
LANGUAGE plpgsql VOLATILE SET search_path FROM CURRENT AS $$
BEGIN
  PERFORM FROM calls c
  WHERE c.organization_id = p_organization AND c.id IN (
    SELECT l.call_id FROM deliveries l WHERE l.organization_id = p_organization AND l.id = ANY (p_deliveries)
  ) ORDER BY c.id FOR NO KEY UPDATE;
  PERFORM FROM deliveries l
  WHERE l.organization_id = p_organization AND l.id = ANY (p_deliveries) ORDER BY l.id FOR NO KEY UPDATE;
END $$;
