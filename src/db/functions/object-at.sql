-- An object that holds the value at the path.
CREATE OR REPLACE FUNCTION object_at(path text[], value jsonb) RETURNS jsonb
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
BEGIN
  FOR step IN REVERSE array_length(path, 1)..1 LOOP
    value := jsonb_build_object(path[step], value);
  END LOOP;
  RETURN value;
END $$;
