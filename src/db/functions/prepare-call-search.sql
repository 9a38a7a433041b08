-- Makes the index of call_search, which needs the extension pg_trgm. Where that cannot be had, all but `search` works
-- without it. Runs at each start of a gateway.
CREATE OR REPLACE FUNCTION prepare_call_search() RETURNS void
LANGUAGE plpgsql VOLATILE SET search_path FROM CURRENT AS $$
BEGIN
  IF to_regclass('call_search_text_index') IS NOT NULL THEN
    RETURN;
  END IF;
  CREATE EXTENSION IF NOT EXISTS pg_trgm;
  -- The beginning of an id is its time, in units of 2^20 milliseconds: it leads to the newest of many.
  CREATE INDEX call_search_text_index ON call_search USING gin
    (organization_id, (left(call_id::text, 7)), text gin_trgm_ops, numbers gin_trgm_ops)
    WITH (gin_pending_list_limit = 1024);
-- The extension is not installed on the server, it may not be made, its operators are in a schema out of sight, or the
-- table is another role's.
EXCEPTION WHEN feature_not_supported OR undefined_file OR undefined_object OR insufficient_privilege
  OR read_only_sql_transaction THEN
  NULL;
END $$;
