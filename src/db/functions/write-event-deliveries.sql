-- Writes the deliveries of new events, in their transaction. The call comes later, if at all: see write_deliveries.
CREATE OR REPLACE FUNCTION write_event_deliveries() RETURNS trigger
LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
  INSERT INTO deliveries (organization_id, id, account_id, lane, kind, state, priority, event_id, next_attempt_at,
    created_at, updated_at)
  SELECT e.organization_id, new_uuid(), a.id, e.id, 'EVENT', 'PENDING', 1, e.id, t.recorded, t.recorded, t.recorded
  FROM new_events e
  JOIN vendor_accounts a ON a.organization_id = e.organization_id AND a.deleted_at IS NULL AND a.sends
    AND 'EVENT' = ANY (a.kinds)
  CROSS JOIN (SELECT clock_timestamp()::timestamptz(3) AS recorded) t;
  RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER write_event_deliveries AFTER INSERT ON call_events
REFERENCING NEW TABLE AS new_events FOR EACH STATEMENT EXECUTE FUNCTION write_event_deliveries();
