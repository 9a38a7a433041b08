-- Most values are far below the limit and need no measuring: the text is at most six times as long as the binary form
-- (a control character is escaped with six characters), except for numbers whose digits json_bytes leaves out.
CREATE OR REPLACE FUNCTION metadata_too_large(metadata jsonb, max_bytes integer) RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path FROM CURRENT
RETURN CASE
  WHEN pg_column_size(metadata) * 6 <= max_bytes THEN false
  WHEN octet_length(metadata::text) <= max_bytes THEN false
  ELSE json_bytes(metadata) > max_bytes
END;
