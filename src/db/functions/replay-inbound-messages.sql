-- Processes inbound messages anew; until that is done they stay as they are shown. Returns what is wrong with each id, by
-- its place from 0, and then writes nothing: UNKNOWN, FORGOTTEN (without its body) or DELETED (its account is). A try that
-- is under way does not count.
CREATE OR REPLACE FUNCTION replay_inbound_messages(p_organization uuid, p_messages uuid[])
RETURNS TABLE (place integer, problem text)
LANGUAGE plpgsql VOLATILE SET search_path FROM CURRENT AS $$
DECLARE
  present timestamptz(3) := clock_timestamp();
BEGIN
  PERFORM FROM inbound_messages m
  WHERE m.organization_id = p_organization AND m.id = ANY (p_messages) ORDER BY m.id FOR NO KEY UPDATE;
  RETURN QUERY
  SELECT q.ordinal::integer - 1, q.found FROM (
    SELECT n.ordinal, CASE
        WHEN m.state IS NULL THEN 'UNKNOWN'
        WHEN m.body IS NULL THEN 'FORGOTTEN'
        WHEN a.deleted_at IS NOT NULL THEN 'DELETED'
      END AS found
    FROM unnest(p_messages) WITH ORDINALITY n (id, ordinal)
    LEFT JOIN inbound_messages m ON m.organization_id = p_organization AND m.id = n.id
    LEFT JOIN vendor_accounts a ON a.organization_id = p_organization AND a.id = m.account_id
  ) q
  WHERE q.found IS NOT NULL ORDER BY q.ordinal;
  IF FOUND THEN
    RETURN;
  END IF;
  UPDATE inbound_messages m SET attempts = 0, next_attempt_at = present, begun_at = present, claim = NULL, claimed_until = NULL
  WHERE m.organization_id = p_organization AND m.id = ANY (p_messages);
END $$;
