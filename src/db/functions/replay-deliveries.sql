-- Sends deliveries again that ended without success, from their first try on. Returns what is wrong with each id, by its
-- place from 0, and then writes nothing: UNKNOWN, SENDING (a try is under way), DELETED (its account is), or the state it
-- is in. An open delivery of the same kind takes a METADATA or VOICE_CALL over, and a newer flow or hang-up a flow, which
-- is SUPERSEDED then.
CREATE OR REPLACE FUNCTION replay_deliveries(p_organization uuid, p_deliveries uuid[])
RETURNS TABLE (place integer, problem text)
LANGUAGE plpgsql VOLATILE SET search_path FROM CURRENT AS $$
DECLARE
  present timestamptz(3);
  d deliveries;
  is_superseded boolean;
BEGIN
  PERFORM lock_deliveries(p_organization, p_deliveries);
  -- Keeps the accounts from being deleted meanwhile.
  PERFORM FROM vendor_accounts a
  WHERE a.organization_id = p_organization AND a.id IN (
    SELECT l.account_id FROM deliveries l WHERE l.organization_id = p_organization AND l.id = ANY (p_deliveries)
  ) ORDER BY a.id FOR SHARE;
  present := clock_timestamp();
  RETURN QUERY
  SELECT q.ordinal::integer - 1, q.found FROM (
    SELECT n.ordinal, CASE
        WHEN l.call_id IS NULL THEN 'UNKNOWN'
        WHEN l.state NOT IN ('DEAD', 'EXPIRED', 'DISCARDED') THEN l.state
        WHEN l.claimed_until > present THEN 'SENDING'
        WHEN a.deleted_at IS NOT NULL THEN 'DELETED'
      END AS found
    FROM unnest(p_deliveries) WITH ORDINALITY n (id, ordinal)
    LEFT JOIN deliveries l ON l.organization_id = p_organization AND l.id = n.id
    LEFT JOIN vendor_accounts a ON a.organization_id = p_organization AND a.id = l.account_id
  ) q
  WHERE q.found IS NOT NULL ORDER BY q.ordinal;
  IF FOUND THEN
    RETURN;
  END IF;
  -- From the newest on, so that an older one finds it open.
  FOR d IN
    SELECT l.* FROM deliveries l WHERE l.organization_id = p_organization AND l.id = ANY (p_deliveries)
    ORDER BY l.position DESC
  LOOP
    LOOP
      UPDATE deliveries n SET updated_at = present,
        touched = CASE WHEN n.position < d.position THEN merge_patch(n.touched, d.touched)
          ELSE merge_patch(d.touched, n.touched) END,
        change_id = CASE WHEN n.position < d.position THEN d.change_id ELSE n.change_id END
      WHERE d.kind IN ('METADATA', 'VOICE_CALL') AND n.organization_id = p_organization
        AND n.account_id = d.account_id AND n.call_id = d.call_id AND n.kind = d.kind
        AND n.state IN ('PENDING', 'RETRYING', 'INCOMPLETE') AND n.claim IS NULL AND n.id <> d.id;
      is_superseded := FOUND OR d.kind = 'CALL_FLOW' AND EXISTS (
        SELECT FROM deliveries n
        WHERE n.organization_id = p_organization AND n.account_id = d.account_id AND n.call_id = d.call_id
          AND n.kind IN ('CALL_FLOW', 'HANG_UP') AND n.position > d.position
          AND n.state NOT IN ('DEAD', 'SUPERSEDED', 'EXPIRED', 'DISCARDED')
      );
      BEGIN
        UPDATE deliveries l SET claim = NULL, claimed_until = NULL, is_woken = false, is_held = false,
          updated_at = present,
          state = CASE WHEN is_superseded THEN 'SUPERSEDED' ELSE 'PENDING' END,
          attempts = CASE WHEN is_superseded THEN l.attempts ELSE 0 END,
          first_attempt_at = CASE WHEN is_superseded THEN l.first_attempt_at END, next_attempt_at = present, replayed_at = present
        WHERE l.organization_id = p_organization AND l.id = d.id;
        EXIT;
      EXCEPTION WHEN unique_violation THEN
        -- A try has just ended without success: its delivery takes this one over.
      END;
    END LOOP;
  END LOOP;
END $$;
