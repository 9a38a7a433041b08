-- Takes inbound messages to process, for p_lease: of each account at most p_at_once at a time, those that are due first. A
-- message that is not settled within the lease is taken over.
CREATE OR REPLACE FUNCTION claim_messages(p_claim uuid, p_lease interval, p_at_once integer, p_most integer)
RETURNS SETOF inbound_messages
LANGUAGE sql VOLATILE SET search_path FROM CURRENT AS $$
  UPDATE inbound_messages m SET claim = p_claim, claimed_until = clock_timestamp() + p_lease, attempts = m.attempts + 1
  FROM (
    SELECT d.organization_id, d.id FROM vendor_accounts a
    CROSS JOIN LATERAL (
      SELECT count(*) AS number FROM inbound_messages c
      WHERE c.organization_id = a.organization_id AND c.account_id = a.id AND c.claim IS NOT NULL AND c.claimed_until > clock_timestamp()
    ) claimed
    CROSS JOIN LATERAL (
      SELECT w.organization_id, w.id, w.next_attempt_at FROM inbound_messages w
      WHERE w.organization_id = a.organization_id AND w.account_id = a.id AND w.next_attempt_at <= clock_timestamp()
        AND coalesce(w.claimed_until <= clock_timestamp(), true)
      ORDER BY w.next_attempt_at, w.id LIMIT greatest(p_at_once - claimed.number, 0)
      FOR NO KEY UPDATE SKIP LOCKED
    ) d
    JOIN organizations g ON g.organization_id = a.organization_id AND g.suspended_at IS NULL AND g.held_at IS NULL
    WHERE a.deleted_at IS NULL
    -- An account that has many waits for others.
    ORDER BY claimed.number, d.next_attempt_at, d.id
    LIMIT p_most
  ) due
  WHERE m.organization_id = due.organization_id AND m.id = due.id
  RETURNING m.*;
$$;
