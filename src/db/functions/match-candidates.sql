-- The calls that a rule finds for a value at a time. The index lookup is materialized, or the planner may hope for an
-- early match and scan all calls.
CREATE OR REPLACE FUNCTION match_candidates(rule match_rules, value text, at timestamptz) RETURNS SETOF uuid
LANGUAGE plpgsql STABLE SET search_path FROM CURRENT AS $$
DECLARE
  reach interval := make_interval(mins => rule.window_minutes);
BEGIN
  CASE rule.call_field
  WHEN 'FROM' THEN
    RETURN QUERY WITH found AS MATERIALIZED (
      SELECT c.* FROM calls c
      WHERE c.organization_id = rule.organization_id AND comparable_number(c.from_address) = value)
    SELECT f.id FROM found f WHERE is_candidate(f.*, at, reach);
  WHEN 'TO' THEN
    RETURN QUERY WITH found AS MATERIALIZED (
      SELECT c.* FROM calls c
      WHERE c.organization_id = rule.organization_id AND comparable_number(c.to_address) = value)
    SELECT f.id FROM found f WHERE is_candidate(f.*, at, reach);
  WHEN 'CUSTOMER_NUMBER' THEN
    RETURN QUERY WITH found AS MATERIALIZED (
      SELECT c.* FROM calls c
      WHERE c.organization_id = rule.organization_id AND comparable_number(c.customer_number) = value)
    SELECT f.id FROM found f WHERE is_candidate(f.*, at, reach);
  WHEN 'REFERENCE' THEN
    RETURN QUERY WITH found AS MATERIALIZED (
      SELECT DISTINCT r.call_id FROM call_references r
      WHERE r.organization_id = rule.organization_id
        AND (r.value = match_candidates.value OR r.system = 'BIRD' AND r.value = bird_id(match_candidates.value)))
    SELECT c.id FROM found f JOIN calls c ON c.organization_id = rule.organization_id AND c.id = f.call_id
    WHERE is_candidate(c.*, at, reach);
  WHEN 'METADATA' THEN
    -- The number 42 equals the string "42"; numbers compare as they are written.
    RETURN QUERY WITH found AS MATERIALIZED (
      SELECT c.* FROM calls c
      WHERE c.organization_id = rule.organization_id AND (
        c.metadata @> object_at(rule.call_metadata_path, to_jsonb(value))
        OR c.metadata @> object_at(rule.call_metadata_path,
          CASE WHEN value ~ '^-?(0|[1-9][0-9]{0,99})(\.[0-9]{1,100})?$' THEN value::jsonb ELSE to_jsonb(value) END)))
    SELECT f.id FROM found f
    WHERE match_value(f.metadata, rule.call_metadata_path, 'METADATA') = value AND is_candidate(f.*, at, reach);
  END CASE;
END $$;
