-- Draws the label for a transaction's log rows, once per transaction: its own id, or a higher one if others have ended
-- since. Takes a lock that announces a lower bound first, and only then looks up the highest id, so the label is above
-- every end of the log that was computed before the lock. Needs READ COMMITTED, where each look sees the current state.
CREATE OR REPLACE FUNCTION next_change_label(last_label bigint) RETURNS bigint
LANGUAGE plpgsql VOLATILE SET search_path FROM CURRENT AS $$
DECLARE
  drawn bigint := nullif(current_setting('switchboard.change_label', true), '')::bigint;
  bound bigint;
BEGIN
  IF drawn IS NULL THEN
    bound := greatest(pg_current_xact_id()::text::bigint, pg_snapshot_xmax(pg_current_snapshot())::text::bigint);
    PERFORM pg_advisory_xact_lock_shared(1396853831, ((bound << 32) >> 32)::integer);
    drawn := call_change_epoch_start()
      + greatest(pg_current_xact_id()::text::bigint, pg_snapshot_xmax(pg_current_snapshot())::text::bigint);
    -- Lasts until the end of the transaction, or a rollback to an earlier savepoint, like the lock.
    PERFORM set_config('switchboard.change_label', drawn::text, true);
  END IF;
  RETURN greatest(drawn, last_label);
END $$;
