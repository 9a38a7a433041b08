-- Erases vendors' messages that belong to no call, and name one of the given calls by a reference of that vendor: as a whole
-- text of JSON or of a form, or, if it is a number, as one under a name that ends in "id". One step of the messages after
-- p_after; returns where it ended, null at the end.
CREATE OR REPLACE FUNCTION erase_messages(
  p_organization uuid, p_calls uuid[], p_after uuid, p_most integer
) RETURNS uuid
LANGUAGE plpgsql VOLATILE SET search_path FROM CURRENT AS $$
DECLARE
  last uuid := last_message_of_step(p_organization, p_after, p_most);
BEGIN
  DELETE FROM inbound_messages d WHERE d.organization_id = p_organization AND d.id IN (
    SELECT m.id FROM inbound_messages m
    JOIN vendor_accounts a ON a.organization_id = m.organization_id AND a.id = m.account_id
    CROSS JOIN LATERAL (
      SELECT CASE a.system WHEN 'BIRD' THEN bird_id(message_text(m)) ELSE message_text(m) END AS said OFFSET 0
    ) t
    WHERE m.organization_id = p_organization AND m.id > p_after AND m.id <= last AND m.call_id IS NULL AND EXISTS (
      SELECT FROM call_references r
      WHERE r.organization_id = p_organization AND r.call_id = ANY (p_calls) AND r.system = a.system AND (
        position(to_jsonb(r.value)::text IN t.said) > 0
        OR position('=' || r.value || '&' IN t.said) > 0 OR position('=' || r.value || E'\n' IN t.said) > 0
        OR (r.value ~ '^[0-9]+$' AND t.said ~* ('id"\s*:\s*' || r.value || '($|[^0-9.])'))
      )
    )
  );
  RETURN last;
END $$;
