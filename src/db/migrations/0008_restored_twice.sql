-- Starts a new epoch if the log has moved (log_home) or has labels that no transaction of this cluster can have drawn:
-- new labels must be above everything that was ever logged, including rows that were lost. The table lock waits for
-- running writers. Two restores of one backup begin the same epoch, so the sequence goes on from the time: no place is
-- given twice, and a cursor of the first is lost after the second.
CREATE OR REPLACE FUNCTION raise_call_change_epoch() RETURNS void
LANGUAGE plpgsql VOLATILE SET search_path FROM CURRENT AS $$
DECLARE
  newest CONSTANT bigint := (
    SELECT greatest(max(last.label), (SELECT max(p.label) FROM pruned_changes p))
    FROM organizations o CROSS JOIN LATERAL (
      SELECT c.label FROM call_changes c WHERE c.organization_id = o.organization_id ORDER BY c.label DESC LIMIT 1
    ) last
  );
BEGIN
  PERFORM FROM log_epoch
  WHERE home = log_home()
    AND coalesce(newest, 0) <= (epoch << 48) + pg_snapshot_xmax(pg_current_snapshot())::text::bigint;
  IF FOUND THEN
    RETURN;
  END IF;
  LOCK TABLE calls IN EXCLUSIVE MODE;
  UPDATE log_epoch SET epoch = epoch + 1, home = log_home();
  BEGIN
    PERFORM setval(
      'call_change_seq',
      greatest(nextval('call_change_seq'), (extract(epoch FROM clock_timestamp()) * 1000000)::bigint)
    );
  -- A role that serves may not; one that migrates has done it at the start.
  EXCEPTION WHEN insufficient_privilege THEN
    NULL;
  END;
END $$;
