-- The calls that a number took part in, however it is written: one step of them.
CREATE OR REPLACE FUNCTION calls_of_number(p_organization uuid, p_number text, p_most integer) RETURNS SETOF uuid
LANGUAGE sql STABLE SET search_path FROM CURRENT
BEGIN ATOMIC
  SELECT DISTINCT coalesce(c.joined_into, c.id) FROM (
    SELECT f.id, f.joined_into FROM calls f
    WHERE f.organization_id = p_organization AND comparable_number(f.from_address) = comparable_number(p_number)
    UNION ALL
    SELECT t.id, t.joined_into FROM calls t
    WHERE t.organization_id = p_organization AND comparable_number(t.to_address) = comparable_number(p_number)
    UNION ALL
    SELECT n.id, n.joined_into FROM calls n
    WHERE n.organization_id = p_organization AND comparable_number(n.customer_number) = comparable_number(p_number)
    UNION ALL
    SELECT v.call_id, NULL FROM voice_calls v
    WHERE v.organization_id = p_organization AND v.from_number = comparable_number(p_number)
    UNION ALL
    SELECT v.call_id, NULL FROM voice_calls v
    WHERE v.organization_id = p_organization AND v.to_number = comparable_number(p_number)
  ) c LIMIT p_most;
END;
