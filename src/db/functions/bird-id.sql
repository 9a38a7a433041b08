-- Bird's ids are UUIDs, which have no case: they are stored and compared like this. birdId in bird-id.ts is the same.
CREATE OR REPLACE FUNCTION bird_id(value text) RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN lower(value);
