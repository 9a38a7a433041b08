-- The running transactions that have drawn a label, each with a lower bound of that label. Each holds an advisory lock
-- whose key is the lower half of the bound. The bound is less than 2^31 away from `near`.
CREATE OR REPLACE FUNCTION log_writers(near bigint) RETURNS TABLE (bound bigint, pid integer, virtualtransaction text)
LANGUAGE sql VOLATILE SET search_path FROM CURRENT
BEGIN ATOMIC
  SELECT near + (((l.objid::bigint - near) << 32) >> 32), l.pid, l.virtualtransaction FROM pg_locks l
  WHERE l.locktype = 'advisory' AND l.classid = 1396853831 AND l.objsubid = 2
    AND l.database = (SELECT d.oid FROM pg_database d WHERE d.datname = current_database());
END;
