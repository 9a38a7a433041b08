-- `waited`: others have seen the event while it was not decided. In the transaction that records it, no other has.
CREATE OR REPLACE FUNCTION touch_event() RETURNS trigger
LANGUAGE plpgsql AS $$
DECLARE
  writer bigint := pg_current_xact_id()::text::bigint;
BEGIN
  NEW.updated_at := clock_timestamp();
  IF TG_OP = 'INSERT' THEN
    NEW.recorded_in := writer;
    NEW.waited := false;
  ELSE
    NEW.waited := coalesce(OLD.waited, false)
      OR (OLD.match IN ('PENDING', 'AMBIGUOUS') AND OLD.recorded_in IS DISTINCT FROM writer);
  END IF;
  RETURN NEW;
END $$;

CREATE OR REPLACE TRIGGER touch_event BEFORE INSERT OR UPDATE ON call_events
FOR EACH ROW EXECUTE FUNCTION touch_event();
