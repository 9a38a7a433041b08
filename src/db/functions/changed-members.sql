-- The top-level members of `metadata` that differ from `other`: what a log row stores.
CREATE OR REPLACE FUNCTION changed_members(metadata jsonb, other jsonb) RETURNS jsonb
LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path FROM CURRENT
RETURN (
  SELECT coalesce(jsonb_object_agg(m.key, m.value), '{}'::jsonb)
  FROM jsonb_each(metadata) m
  WHERE m.value IS DISTINCT FROM other -> m.key
);
