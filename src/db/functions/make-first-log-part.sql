-- Makes the first part of the log again, if it was dropped: the labels of rows that come from another database may be
-- older than all that are here. As the owner, because who serves makes no tables.
CREATE OR REPLACE FUNCTION make_first_log_part() RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path FROM CURRENT SET lock_timeout = '200ms' AS $$
BEGIN
  PERFORM set_config('search_path', quote_ident(current_schema()) || ', pg_temp', true);
  PERFORM lock_log_parts();
  IF to_regclass(log_part(NULL)) IS NULL THEN
    PERFORM make_log_part(NULL, (SELECT min(p.label) FROM log_parts p));
  END IF;
END $$;
