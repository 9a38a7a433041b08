-- For functions that change the parts of the log as their owner: one at a time, and only for a role that may delete rows of the
-- log. What they name is found where they are themselves, whatever temporary tables their caller has.
CREATE OR REPLACE FUNCTION lock_log_parts() RETURNS void
LANGUAGE plpgsql VOLATILE SET search_path FROM CURRENT AS $$
BEGIN
  IF NOT has_table_privilege(session_user, 'call_changes', 'DELETE') THEN
    RAISE insufficient_privilege USING MESSAGE = 'permission denied for table call_changes';
  END IF;
  LOCK TABLE log_parts IN EXCLUSIVE MODE;
END $$;
