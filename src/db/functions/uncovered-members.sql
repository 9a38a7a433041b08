-- What still counts of a merge patch under the cover of later ones (see cover_of_patches): null if nothing. A member that a
-- later patch sets or removes is dropped; so is one that is an object where later patches keep it an object, down to what
-- they do not touch. All the rest stays, so that the fold with any further patches, of whatever times, is the same.
CREATE OR REPLACE FUNCTION uncovered_members(patch jsonb, cover jsonb) RETURNS jsonb
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path FROM CURRENT AS $$
BEGIN
  RETURN (
    SELECT jsonb_object_agg(m.key, m.value) FROM (
      SELECT m.key, CASE WHEN jsonb_typeof(m.value) = 'object' AND jsonb_typeof(cover -> m.key) = 'object'
        THEN uncovered_members(m.value, cover -> m.key) ELSE m.value END AS value
      FROM jsonb_each(patch) m WHERE (cover -> m.key = 'true') IS NOT TRUE
    ) m
    WHERE m.value IS NOT NULL
  );
END $$;
