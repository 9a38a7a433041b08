-- Takes deliveries to send, for p_lease: in the order of their lanes, one at a time in a lane, hang-ups first. An account
-- gives as many as its concurrency and rate allow, and an organization of_organization at once. A half-open circuit gives
-- one, a hang-up every other time, so that one that always fails is not every try. The lock of the account's row
-- makes claims of several gateways come one after another; an account that another one is claiming is passed over. A
-- delivery that is not settled within the lease is taken over. A claim looks at the first of those that are due, so that
-- it takes no longer if many wait; events that it finds behind others are held until those are done.
CREATE OR REPLACE FUNCTION claim_deliveries(p_claim uuid, p_lease interval, p_most integer) RETURNS SETOF deliveries
LANGUAGE plpgsql VOLATILE SET search_path FROM CURRENT AS $$
DECLARE
  opens_at CONSTANT integer := 5;
  of_organization CONSTANT integer := 64;
  looks_at integer;
  started timestamptz := clock_timestamp();
  account vendor_accounts;
  present timestamptz;
  in_flight integer;
  in_organization integer;
  -- The priority that a half-open circuit tries.
  probe integer;
  is_other boolean;
  filled double precision;
  free integer;
  taken integer;
  found integer;
BEGIN
  FOR account IN
    SELECT a.* FROM vendor_accounts a
    -- As a join, because EXISTS may be planned as a scan of all deliveries.
    CROSS JOIN LATERAL (
      SELECT FROM deliveries d
      WHERE d.organization_id = a.organization_id AND d.account_id = a.id AND d.state IN ('PENDING', 'RETRYING')
        AND NOT d.is_held AND d.next_attempt_at <= started AND coalesce(d.claimed_until <= started, true)
      ORDER BY d.priority, d.next_attempt_at, d.position LIMIT 1
    ) due
    JOIN organizations g ON g.organization_id = a.organization_id AND g.suspended_at IS NULL AND g.held_at IS NULL
    WHERE a.deleted_at IS NULL AND a.sends AND NOT a.paused AND coalesce(a.open_until <= started, true)
    ORDER BY a.tokens_at
    FOR NO KEY UPDATE OF a SKIP LOCKED
  LOOP
    EXIT WHEN p_most <= 0;
    present := clock_timestamp();
    -- By account, for the planner to take the index of claims.
    SELECT coalesce(sum(d.number) FILTER (WHERE o.id = account.id), 0), coalesce(sum(d.number), 0)
    INTO in_flight, in_organization
    FROM vendor_accounts o CROSS JOIN LATERAL (
      SELECT count(*) AS number FROM (
        SELECT FROM deliveries d
        WHERE d.organization_id = o.organization_id AND d.account_id = o.id AND d.claim IS NOT NULL
          AND d.claimed_until > present
        LIMIT 1000
      ) d
    ) d
    WHERE o.organization_id = account.organization_id;
    filled := least(greatest(account.rate, 1),
      account.tokens + account.rate * extract(epoch FROM present - account.tokens_at));
    probe := CASE WHEN account.failures >= opens_at OR account.is_refused THEN (random() < 0.5)::integer END;
    free := least(p_most, floor(filled)::integer, of_organization - in_organization,
      CASE WHEN probe IS NULL THEN account.concurrency ELSE 1 END - in_flight);
    CONTINUE WHEN free <= 0;
    taken := 0;
    looks_at := 200;
    is_other := false;
    LOOP
      RETURN QUERY
      WITH due AS (
        SELECT DISTINCT ON (d.lane) d.id, d.priority, d.next_attempt_at, d.position FROM (
          SELECT d.* FROM (
            SELECT d.id, d.lane, d.kind, d.priority, d.next_attempt_at, d.position FROM deliveries d
            WHERE d.organization_id = account.organization_id AND d.account_id = account.id
              AND d.state IN ('PENDING', 'RETRYING') AND NOT d.is_held AND d.next_attempt_at <= present
              AND coalesce(d.claimed_until <= present, true) AND (probe IS NULL OR d.priority = probe)
            ORDER BY d.priority, d.next_attempt_at, d.position LIMIT looks_at
          ) d
          WHERE NOT EXISTS (
              SELECT FROM deliveries o
              WHERE o.organization_id = account.organization_id AND o.account_id = account.id AND o.lane = d.lane
                AND o.state IN ('PENDING', 'RETRYING', 'DEAD') AND o.kind = d.kind AND o.position < d.position
                AND (o.state <> 'DEAD' OR o.kind = 'EVENT')
            )
            AND NOT EXISTS (
              SELECT FROM deliveries o
              WHERE o.organization_id = account.organization_id AND o.account_id = account.id AND o.lane = d.lane
                AND o.claim IS NOT NULL AND o.claimed_until > present
            )
          ORDER BY d.priority, d.next_attempt_at, d.position
          LIMIT 4 * (free - taken)
        ) d
        ORDER BY d.lane, d.priority, d.position
      ), first AS (
        SELECT f.id FROM due f ORDER BY f.priority, f.next_attempt_at, f.position LIMIT free - taken
      )
      UPDATE deliveries d SET claim = p_claim, claimed_until = present + p_lease, attempts = d.attempts + 1,
        first_attempt_at = coalesce(d.first_attempt_at, present), last_attempt_at = present, is_woken = false,
        updated_at = present
      FROM (
        SELECT l.id FROM deliveries l
        WHERE l.organization_id = account.organization_id AND l.id IN (SELECT f.id FROM first f)
          AND l.state IN ('PENDING', 'RETRYING') AND coalesce(l.claimed_until, l.next_attempt_at) <= present
        FOR NO KEY UPDATE SKIP LOCKED
      ) locked
      WHERE d.organization_id = account.organization_id AND d.id = locked.id
      RETURNING d.*;
      GET DIAGNOSTICS found = ROW_COUNT;
      taken := taken + found;
      EXIT WHEN taken >= free;
      UPDATE deliveries d SET is_held = true
      FROM (
        SELECT l.id FROM deliveries l
        WHERE l.organization_id = account.organization_id AND l.id IN (
          SELECT d.id FROM (
            SELECT d.id, d.lane, d.kind, d.position FROM deliveries d
            WHERE d.organization_id = account.organization_id AND d.account_id = account.id
              AND d.state IN ('PENDING', 'RETRYING') AND NOT d.is_held AND d.next_attempt_at <= present
              AND coalesce(d.claimed_until <= present, true) AND (probe IS NULL OR d.priority = probe)
            ORDER BY d.priority, d.next_attempt_at, d.position LIMIT looks_at
          ) d
          WHERE d.kind = 'EVENT' AND EXISTS (
            SELECT FROM deliveries o
            WHERE o.organization_id = account.organization_id AND o.account_id = account.id AND o.lane = d.lane
              AND o.kind = 'EVENT' AND o.state IN ('PENDING', 'RETRYING', 'DEAD') AND o.position < d.position
          )
        )
        FOR NO KEY UPDATE SKIP LOCKED
      ) locked
      WHERE d.organization_id = account.organization_id AND d.id = locked.id;
      GET DIAGNOSTICS found = ROW_COUNT;
      IF found = 0 THEN
        EXIT WHEN probe IS NULL OR is_other;
        probe := 1 - probe;
        is_other := true;
      END IF;
      looks_at := 2 * looks_at;
    END LOOP;
    p_most := p_most - taken;
    UPDATE vendor_accounts a SET tokens = filled - taken, tokens_at = present
    WHERE taken > 0 AND a.organization_id = account.organization_id AND a.id = account.id;
  END LOOP;
END $$;
