-- The cover of later patches and of one more: true for a member that one of them sets or removes as a whole, an object for
-- one that they only go into.
CREATE OR REPLACE FUNCTION cover_of_patches(cover jsonb, patch jsonb) RETURNS jsonb
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path FROM CURRENT AS $$
BEGIN
  RETURN cover || (
    SELECT coalesce(jsonb_object_agg(m.key, CASE
      WHEN jsonb_typeof(m.value) <> 'object' OR cover -> m.key = 'true' THEN 'true'::jsonb
      ELSE cover_of_patches(coalesce(cover -> m.key, '{}'), m.value) END), '{}')
    FROM jsonb_each(patch) m
  );
END $$;
