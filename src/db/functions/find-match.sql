-- Finds the call for an event that names none. The oldest rule with a candidate decides; without one, rule_id is null
-- and candidates is empty. At most two candidates, because more would change nothing. is_seen says that at least one rule finds a value in the event: without a value, no call can
-- match.
CREATE OR REPLACE FUNCTION find_match(
  p_organization uuid, p_metadata jsonb, p_at timestamptz, OUT rule_id uuid, OUT candidates uuid[], OUT is_seen boolean
)
LANGUAGE plpgsql STABLE SET search_path FROM CURRENT AS $$
DECLARE
  rule match_rules;
  value text;
BEGIN
  is_seen := false;
  FOR rule IN
    SELECT r.* FROM match_rules r WHERE r.organization_id = p_organization AND r.deleted_at IS NULL ORDER BY r.id
  LOOP
    value := match_value(p_metadata, rule.metadata_path, rule.call_field);
    CONTINUE WHEN value IS NULL;
    is_seen := true;
    candidates := array(SELECT match_candidates(rule, value, p_at) LIMIT 2);
    IF cardinality(candidates) > 0 THEN
      rule_id := rule.id;
      RETURN;
    END IF;
  END LOOP;
  candidates := '{}';
END $$;
