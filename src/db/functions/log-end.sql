-- The end of the log as the snapshot `seen` shows it: all rows before this place are there and no more will come.
-- Transactions that write something else, or in another database, do not hold it back. VOLATILE, because it must see
-- what happened after `seen`: first the locks, then which transactions have ended. A transaction that runs in `seen`
-- * and is among the writers has no rows below its bound;
-- * and is not among them because it has ended has no rows below its id;
-- * and is not among them because it draws its label later has no rows below the ids that `seen` knows, and none before
--   the current value of the sequence.
CREATE OR REPLACE FUNCTION log_end(seen pg_snapshot, epoch_start bigint, OUT label bigint, OUT seq bigint)
LANGUAGE plpgsql VOLATILE SET search_path FROM CURRENT AS $$
DECLARE
  next_id bigint := pg_snapshot_xmax(seen)::text::bigint;
  next_seq bigint := coalesce(pg_sequence_last_value('call_change_seq'::regclass), 0) + 1;
  held bigint;
  ended bigint;
  later pg_snapshot;
BEGIN
  seq := 0;
  IF pg_is_in_recovery() THEN
    -- A standby does not see the primary's locks.
    label := epoch_start + pg_snapshot_xmin(seen)::text::bigint;
    RETURN;
  END IF;
  SELECT min(w.bound) INTO held FROM log_writers(next_id) w;
  later := pg_current_snapshot();
  SELECT min(x::text::bigint) INTO ended FROM pg_snapshot_xip(seen) x WHERE pg_visible_in_snapshot(x, later);
  label := epoch_start + least(held, ended, next_id);
  -- A label can be the next id, and the next transaction may be far off.
  IF label = epoch_start + next_id AND held IS DISTINCT FROM next_id
    AND pg_snapshot_xmax(later)::text::bigint = next_id
  THEN
    seq := next_seq;
  END IF;
END $$;

-- The same for the calling statement and its snapshot.
CREATE OR REPLACE FUNCTION log_end(OUT label bigint, OUT seq bigint)
LANGUAGE sql STABLE SET search_path FROM CURRENT
BEGIN ATOMIC
  SELECT e.label, e.seq FROM log_epoch o CROSS JOIN LATERAL log_end(pg_current_snapshot(), o.epoch << 48) e;
END;
