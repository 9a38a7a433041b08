-- The value by which waiting events are found. References of all systems as Bird's, for it is not yet known which
-- system's it is; whether the call is a candidate is checked again afterwards.
CREATE OR REPLACE FUNCTION waiting_value(metadata jsonb, path text[], call_field text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path FROM CURRENT
RETURN CASE
  WHEN call_field = 'REFERENCE' THEN bird_id(match_value(metadata, path, call_field))
  ELSE match_value(metadata, path, call_field)
END;
