-- The advisory lock of an organization that is being moved: its writers share it, and the hand-over takes it alone.
CREATE OR REPLACE FUNCTION move_lock(organization uuid) RETURNS bigint
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN hashtextextended('switchboard: move of ' || organization, 0);
