-- The accounts of a vendor that may have the call: the one that named it, else the only one, else for Bird the one with
-- its workspace and channel. If that leaves a doubt, all of them, and is_certain is false. A call that an account named
-- which is deleted is no other account's for certain: vendors' ids are small numbers, and the other may have one alike.
CREATE OR REPLACE FUNCTION vendor_accounts_of_call(p_organization uuid, p_call uuid, p_system text)
RETURNS TABLE (account_id uuid, is_certain boolean)
LANGUAGE sql STABLE SET search_path FROM CURRENT
BEGIN ATOMIC
  WITH possible AS (
    SELECT a.id, EXISTS (
        SELECT FROM call_references r
        WHERE r.organization_id = p_organization AND r.call_id = p_call AND r.system = p_system AND r.account_id = a.id
      ) AS named_it,
      EXISTS (
        SELECT FROM calls c
        WHERE c.organization_id = p_organization AND c.id = p_call AND bird_id(c.workspace_id) = bird_id(a.settings ->> 'workspaceId')
          AND coalesce(bird_id(c.channel_id) = bird_id(a.settings ->> 'channelId'), true)
      ) AS has_its_place
    FROM vendor_accounts a
    WHERE a.organization_id = p_organization AND a.system = p_system AND a.deleted_at IS NULL
  ), counted AS (
    SELECT p.*, count(*) OVER () AS number, count(*) FILTER (WHERE p.named_it) OVER () AS naming,
      count(*) FILTER (WHERE p.has_its_place) OVER () AS placed, EXISTS (
        SELECT FROM call_references r
        WHERE r.organization_id = p_organization AND r.call_id = p_call AND r.system = p_system
          AND r.account_id IS NOT NULL
      ) AS is_named
    FROM possible p
  )
  SELECT c.id, c.naming = 1 OR NOT c.is_named AND (c.number = 1 OR c.placed = 1)
  FROM counted c
  WHERE CASE WHEN c.naming > 0 THEN c.named_it WHEN c.is_named THEN true
    WHEN c.number > 1 AND c.placed > 0 THEN c.has_its_place ELSE true END;
END;
