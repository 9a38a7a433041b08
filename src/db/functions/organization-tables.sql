-- The tables that have rows of organizations, where those are placed: all but the organizations and their keys. With the
-- columns that have values of their own, and those of the primary key.
CREATE OR REPLACE FUNCTION organization_tables() RETURNS TABLE (name text, columns text[], key text[])
LANGUAGE sql STABLE SET search_path FROM CURRENT
BEGIN ATOMIC
  SELECT t.relname::text,
    array(
      SELECT a.attname::text FROM pg_attribute a
      WHERE a.attrelid = t.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = '' ORDER BY a.attname
    ),
    array(
      SELECT a.attname::text FROM pg_index i CROSS JOIN LATERAL unnest(i.indkey::int2[]) WITH ORDINALITY k(number, place)
      JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = k.number
      WHERE i.indrelid = t.oid AND i.indisprimary ORDER BY k.place
    )
  FROM pg_class ours JOIN pg_class t ON t.relnamespace = ours.relnamespace
  WHERE ours.oid = 'organizations'::regclass AND t.relkind IN ('r', 'p') AND NOT t.relispartition
    AND t.relname NOT IN ('organizations', 'api_keys', 'moved_rows')
    AND EXISTS (
      SELECT FROM pg_attribute a WHERE a.attrelid = t.oid AND a.attname = 'organization_id' AND NOT a.attisdropped
    )
  ORDER BY t.relname;
END;
