-- Drops the oldest part of the log if the log has gone on to another one and all rows of the part were pruned, of every
-- organization. Returns whether it did. As the owner, because who serves drops no tables.
CREATE OR REPLACE FUNCTION drop_log_part() RETURNS boolean
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path FROM CURRENT SET lock_timeout = '200ms' SET enable_seqscan = off AS $$
DECLARE
  oldest bigint;
  ends bigint;
BEGIN
  PERFORM set_config('search_path', quote_ident(current_schema()) || ', pg_temp', true);
  PERFORM lock_log_parts();
  IF to_regclass(log_part(NULL)) IS NULL THEN
    oldest := (SELECT min(p.label) FROM log_parts p);
  END IF;
  ends := (SELECT min(p.label) FROM log_parts p WHERE p.begun_at IS NOT NULL AND p.label > coalesce(oldest, 0));
  -- In the index's order, because Postgres expects EXISTS to end at once, and would scan the whole part.
  IF ends IS NULL OR EXISTS (
    SELECT FROM organizations o LEFT JOIN pruned_changes p ON p.organization_id = o.organization_id
    WHERE (
      SELECT h.label FROM call_changes h
      WHERE h.organization_id = o.organization_id AND h.label >= coalesce(p.label, 0) AND h.label < ends
        AND (h.label, h.seq) > (coalesce(p.label, 0), coalesce(p.seq, 0))
      ORDER BY h.label, h.seq LIMIT 1
    ) IS NOT NULL
  ) THEN
    RETURN false;
  END IF;
  EXECUTE format('DROP TABLE %I', log_part(oldest));
  DELETE FROM log_parts p WHERE p.label = oldest;
  RETURN true;
END $$;
