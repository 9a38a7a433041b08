-- Where a step through the vendors' messages ends that begins after p_after: at most p_most of them, with about eight
-- mebibytes;
-- null if there are no more. The length of a body is known without reading it.
CREATE OR REPLACE FUNCTION last_message_of_step(p_organization uuid, p_after uuid, p_most integer)
RETURNS uuid
LANGUAGE sql STABLE SET search_path FROM CURRENT
RETURN (
  SELECT n.id FROM (
    SELECT m.id, sum(octet_length(m.body)) OVER (ORDER BY m.id) - octet_length(m.body) AS before
    FROM inbound_messages m
    WHERE m.organization_id = p_organization AND m.id > p_after ORDER BY m.id LIMIT p_most
  ) n WHERE coalesce(n.before, 0) < 8388608 ORDER BY n.id DESC LIMIT 1
);
