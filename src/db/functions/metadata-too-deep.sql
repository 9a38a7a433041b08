-- Whether metadata has more than max_depth levels. `{}` has one level.
CREATE OR REPLACE FUNCTION metadata_too_deep(metadata jsonb, max_depth integer) RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path FROM CURRENT
RETURN jsonb_path_exists(metadata,
  ('strict $.**{' || max_depth::text || ' to last} ? (@.type() == "object" || @.type() == "array")')::jsonpath);
