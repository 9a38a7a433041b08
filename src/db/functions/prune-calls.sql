-- Erases those of the given calls that may be pruned, as they are under their locks: see prunable_calls. Returns how many.
CREATE OR REPLACE FUNCTION prune_calls(
  p_organization uuid, p_calls uuid[], p_ended text[], p_before timestamptz, p_actor text
) RETURNS integer
LANGUAGE plpgsql VOLATILE SET search_path FROM CURRENT AS $$
BEGIN
  -- In the order of erase_calls.
  PERFORM pg_advisory_xact_lock(hashtextextended(p_organization || ' intake', 0));
  PERFORM FROM calls c
  WHERE c.organization_id = p_organization AND c.joined_into = ANY (p_calls) ORDER BY c.id FOR UPDATE;
  PERFORM FROM calls c WHERE c.organization_id = p_organization AND c.id = ANY (p_calls) ORDER BY c.id FOR UPDATE;
  RETURN cardinality(
    erase_calls(p_organization, prunable_calls(p_organization, p_calls, p_ended, p_before), p_actor)
  );
END $$;
