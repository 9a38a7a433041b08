-- Makes a part of the log. p_from is NULL for the first one, p_to for the last. Roles may do with it what they may do with
-- the log: pg_dump reads it.
CREATE OR REPLACE FUNCTION make_log_part(p_from bigint, p_to bigint) RETURNS void
LANGUAGE plpgsql VOLATILE SET search_path FROM CURRENT AS $$
DECLARE
  granted record;
BEGIN
  EXECUTE format('CREATE TABLE %I PARTITION OF call_changes FOR VALUES FROM (%s) TO (%s)', log_part(p_from),
    coalesce(p_from::text, 'MINVALUE'), coalesce(p_to::text, 'MAXVALUE'));
  EXECUTE format('CREATE INDEX ON %I (organization_id, id)', log_part(p_from));
  FOR granted IN
    SELECT a.privilege_type, CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE a.grantee::regrole::text END AS role
    FROM pg_class c CROSS JOIN aclexplode(c.relacl) a
    WHERE c.oid = 'call_changes'::regclass AND a.grantee <> c.relowner
  LOOP
    EXECUTE format('GRANT %s ON %I TO %s', granted.privilege_type, log_part(p_from), granted.role);
  END LOOP;
END $$;
