-- The size of an object's members, each with a comma: one byte less than the object itself, or 0 if it is empty.
CREATE OR REPLACE FUNCTION members_bytes(members jsonb) RETURNS bigint
LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path FROM CURRENT
RETURN CASE WHEN members = '{}' THEN 0 ELSE json_bytes(members) - 1 END;
