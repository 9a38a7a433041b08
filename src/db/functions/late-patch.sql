-- The metadata after a patch that is older than the newest one. The top-level keys of a merge patch do not depend on
-- each other, so only the patch's own keys are folded again from the ledger, and only if a later patch touches them.
-- The ledger includes the rows of every call that was joined into this one. Call it under the call's lock, before the
-- patch's own row is in the log.
CREATE OR REPLACE FUNCTION late_patch(
  p_organization uuid, p_call uuid, p_metadata jsonb, p_patch jsonb, p_at timestamptz, p_arrival bigint
) RETURNS jsonb
LANGUAGE plpgsql STABLE SET search_path FROM CURRENT AS $$
DECLARE
  keys text[] := array(SELECT jsonb_object_keys(p_patch));
  records uuid[] := array(
    SELECT c.id FROM calls c
    WHERE c.organization_id = p_organization AND (c.id = p_call OR c.joined_into = p_call)
  );
  folded jsonb;
BEGIN
  IF NOT EXISTS (
    SELECT FROM call_ledger(p_organization, records) h
    WHERE (h.effective_at, h.arrival) > (p_at, p_arrival) AND h.patch ?| keys
  ) THEN
    RETURN merge_patch(p_metadata, p_patch);
  END IF;
  SELECT metadata_fold(
    (SELECT coalesce(jsonb_object_agg(m.key, m.value), '{}') FROM jsonb_each(ledger.patch) m WHERE m.key = ANY (keys))
    ORDER BY ledger.effective_at, ledger.arrival
  ) INTO folded
  FROM (
    SELECT h.patch, h.effective_at, h.arrival FROM call_ledger(p_organization, records) h WHERE h.patch ?| keys
    UNION ALL
    SELECT p_patch, p_at, p_arrival
  ) ledger;
  RETURN (p_metadata - keys) || folded;
END $$;
