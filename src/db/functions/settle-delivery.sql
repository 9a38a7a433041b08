-- Ends a try of a delivery, unless it was taken over: false then. p_state is what the try has led to; RETRYING after
-- p_delay. p_verdict is what it says of the account: OK, FAILED (a step to an open circuit), REFUSED (the credentials),
-- LIMITED (429: half the rate) or NONE. After a day a delivery that keeps failing is DEAD, but none while its account's
-- circuit is open. account_reason is the account's new reason if its state changed.
CREATE OR REPLACE FUNCTION settle_delivery(
  p_organization uuid, p_delivery uuid, p_claim uuid, p_state text, p_error text, p_request_id text, p_delay interval,
  p_verdict text, p_give_up interval, OUT is_settled boolean, OUT state text, OUT account_reason text
)
LANGUAGE plpgsql VOLATILE SET search_path FROM CURRENT AS $$
DECLARE
  opens_at CONSTANT integer := 5;
  present timestamptz(3);
  d deliveries;
  account vendor_accounts;
  before vendor_accounts;
BEGIN
  is_settled := false;
  SELECT s.* INTO d FROM deliveries s
  WHERE s.organization_id = p_organization AND s.id = p_delivery AND s.claim = p_claim FOR NO KEY UPDATE;
  IF NOT FOUND THEN
    RETURN;
  END IF;
  SELECT a.* INTO account FROM vendor_accounts a
  WHERE a.organization_id = p_organization AND a.id = d.account_id FOR NO KEY UPDATE;
  present := clock_timestamp();
  before := account;
  CASE p_verdict
    WHEN 'OK' THEN
      account.failures := 0;
      account.is_refused := false;
      account.open_until := NULL;
      account.state_reason := NULL;
      account.rate := least(account.base_rate, account.rate + account.base_rate / 20);
    WHEN 'FAILED' THEN
      account.failures := account.failures + 1;
      IF account.failures >= opens_at THEN
        account.open_until := present + least(30 * 2 ^ least(account.failures - opens_at, 10), 600) * interval '1 second';
        account.state_reason := p_error;
      END IF;
    WHEN 'REFUSED' THEN
      account.is_refused := true;
      account.open_until := present + interval '10 minutes';
      account.state_reason := p_error;
    WHEN 'LIMITED' THEN
      account.failures := 0;
      account.rate := greatest(account.rate / 2, least(account.base_rate, 1));
    ELSE
      -- A try that made no request.
      IF p_state <> 'RETRYING' THEN
        account.tokens := least(greatest(account.rate, 1), account.tokens + 1);
      END IF;
  END CASE;
  IF account IS DISTINCT FROM before THEN
    UPDATE vendor_accounts a SET failures = account.failures, is_refused = account.is_refused,
      open_until = account.open_until, state_reason = account.state_reason, rate = account.rate,
      tokens = account.tokens
    WHERE a.organization_id = p_organization AND a.id = d.account_id;
  END IF;
  IF account.state_reason IS DISTINCT FROM before.state_reason THEN
    account_reason := coalesce(account.state_reason, '');
  END IF;
  state := CASE
    -- Discarded during the try: only what the vendor has taken counts.
    WHEN d.state = 'DISCARDED' AND p_state NOT IN ('DELIVERED', 'DELIVERED_DIFFERENT') THEN 'DISCARDED'
    WHEN account.deleted_at IS NOT NULL AND p_state IN ('RETRYING', 'INCOMPLETE') THEN 'DISCARDED'
    WHEN p_state = 'INCOMPLETE' AND d.is_woken THEN 'PENDING'
    WHEN p_state = 'RETRYING' AND d.kind = 'CALL_FLOW' AND EXISTS (
      SELECT FROM deliveries n
      WHERE n.organization_id = p_organization AND n.account_id = d.account_id AND n.call_id = d.call_id
        AND n.kind IN ('CALL_FLOW', 'HANG_UP') AND n.position > d.position
        AND n.state NOT IN ('DEAD', 'EXPIRED', 'DISCARDED')
    ) THEN 'SUPERSEDED'
    WHEN p_state = 'RETRYING' AND p_verdict IN ('FAILED', 'LIMITED') AND account.failures < opens_at
      AND present - greatest(d.first_attempt_at, d.created_at, d.replayed_at) > p_give_up THEN 'DEAD'
    ELSE p_state
  END;
  is_settled := true;
  LOOP
    IF state IN ('PENDING', 'RETRYING', 'INCOMPLETE') AND d.kind IN ('METADATA', 'VOICE_CALL') THEN
      -- A delivery of later changes has opened meanwhile: it takes this one's changes over, and its turn.
      UPDATE deliveries n SET touched = merge_patch(d.touched, n.touched), attempts = d.attempts,
        first_attempt_at = d.first_attempt_at, last_attempt_at = d.last_attempt_at, last_error = p_error,
        state = CASE p_state WHEN 'RETRYING' THEN 'RETRYING' ELSE n.state END,
        next_attempt_at = greatest(n.next_attempt_at, present + p_delay), updated_at = present
      WHERE n.organization_id = p_organization AND n.account_id = d.account_id AND n.call_id = d.call_id
        AND n.kind = d.kind AND n.state IN ('PENDING', 'RETRYING', 'INCOMPLETE') AND n.claim IS NULL AND n.id <> d.id;
      IF FOUND THEN
        state := 'SUPERSEDED';
      END IF;
    END IF;
    BEGIN
      UPDATE deliveries s SET state = settle_delivery.state, claim = NULL, claimed_until = NULL, is_woken = false,
        last_error = p_error, vendor_request_id = coalesce(p_request_id, s.vendor_request_id),
        next_attempt_at = present + p_delay, updated_at = present,
        attempts = CASE p_state WHEN 'INCOMPLETE' THEN s.attempts - 1 ELSE s.attempts END,
        delivered_at = CASE WHEN p_state IN ('DELIVERED', 'DELIVERED_DIFFERENT') THEN present END
      WHERE s.organization_id = p_organization AND s.id = p_delivery;
      PERFORM release_events(p_organization, ARRAY[p_delivery]) WHERE d.kind = 'EVENT';
      RETURN;
    EXCEPTION WHEN unique_violation THEN
      -- It opened just now.
    END;
  END LOOP;
END $$;
