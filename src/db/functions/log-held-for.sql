-- The age in seconds of the oldest transaction that holds back the end of the log.
CREATE OR REPLACE FUNCTION log_held_for() RETURNS double precision
LANGUAGE sql VOLATILE SET search_path FROM CURRENT
BEGIN ATOMIC
  SELECT greatest(0, extract(epoch FROM clock_timestamp() - min(coalesce(a.xact_start, p.prepared))))::double precision
  FROM log_writers(0) w
  LEFT JOIN pg_stat_activity a ON a.pid = w.pid
  LEFT JOIN pg_prepared_xacts p ON w.pid IS NULL AND p.transaction::text = split_part(w.virtualtransaction, '/', 2);
END;
