-- Takes imports to go on with, for p_lease: one of an account, those that have waited longest first. One that is not settled within the lease is taken over.
CREATE OR REPLACE FUNCTION claim_imports(p_claim uuid, p_lease interval, p_most integer) RETURNS SETOF call_imports
LANGUAGE sql VOLATILE SET search_path FROM CURRENT AS $$
  UPDATE call_imports i SET claim = p_claim, claimed_until = clock_timestamp() + p_lease, attempts = i.attempts + 1
  FROM (
    SELECT d.organization_id, d.id FROM vendor_accounts a
    CROSS JOIN LATERAL (
      SELECT r.organization_id, r.id, r.next_attempt_at FROM call_imports r
      WHERE r.organization_id = a.organization_id AND r.account_id = a.id AND r.state = 'RUNNING'
        AND r.next_attempt_at <= clock_timestamp() AND coalesce(r.claimed_until <= clock_timestamp(), true)
      FOR NO KEY UPDATE SKIP LOCKED
    ) d
    JOIN organizations g ON g.organization_id = a.organization_id AND g.suspended_at IS NULL AND g.held_at IS NULL
    WHERE a.deleted_at IS NULL AND a.receives AND NOT a.paused
    ORDER BY d.next_attempt_at, d.id
    LIMIT p_most
  ) due
  WHERE i.organization_id = due.organization_id AND i.id = due.id
  RETURNING i.*;
$$;
