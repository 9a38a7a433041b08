-- An object with a null for each member that is in the shape and not in it, at every depth. Its
-- caller sets the search path.
CREATE OR REPLACE FUNCTION whole_members(present jsonb, shape jsonb) RETURNS jsonb
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
BEGIN
  RETURN present || (
    SELECT coalesce(jsonb_object_agg(s.key, CASE WHEN present ? s.key
      THEN whole_members(present -> s.key, s.value) ELSE 'null' END), '{}')
    FROM jsonb_each(shape) s
    WHERE NOT present ? s.key OR s.value <> '{}' AND jsonb_typeof(present -> s.key) = 'object'
  );
END $$;
