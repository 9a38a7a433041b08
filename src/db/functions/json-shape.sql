-- The members of an object, down to the leaves, as nested objects: {"a": {"b": 1}} gives {"a": {"b": {}}}. merge_patch
-- unites two shapes, because a shape has no nulls. Its callers set the search path.
CREATE OR REPLACE FUNCTION json_shape(value jsonb) RETURNS jsonb
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
BEGIN
  IF jsonb_typeof(value) IS DISTINCT FROM 'object' THEN
    RETURN '{}';
  END IF;
  RETURN (
    SELECT coalesce(jsonb_object_agg(m.key,
      CASE WHEN jsonb_typeof(m.value) = 'object' THEN json_shape(m.value) ELSE '{}' END), '{}')
    FROM jsonb_each(value) m
  );
END $$;
