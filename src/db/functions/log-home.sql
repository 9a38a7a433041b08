-- Identifies the place where this log lives. The text differs after a restore, in a copy, and on a promoted standby.
-- Some hosted services do not allow the first two parts to be read.
CREATE OR REPLACE FUNCTION log_home() RETURNS text
LANGUAGE plpgsql STABLE SET search_path FROM CURRENT AS $$
DECLARE
  cluster text;
BEGIN
  BEGIN
    cluster := (SELECT system_identifier FROM pg_control_system()) || '/'
      || left(pg_walfile_name(pg_current_wal_lsn()), 8);
  EXCEPTION WHEN insufficient_privilege OR feature_not_supported OR undefined_function THEN
    cluster := '';
  END;
  RETURN cluster || '/' || (SELECT d.oid FROM pg_database d WHERE d.datname = current_database())
    || '/' || 'call_changes'::regclass::oid;
END $$;
