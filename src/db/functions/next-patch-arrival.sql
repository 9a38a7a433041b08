-- Orders patches of the same time: the arrival in microseconds and eleven random bits, so that two in one microsecond
-- differ. A sequence would show each organization how much the others write. The result is above `previous` even if the
-- clock was set back.
CREATE OR REPLACE FUNCTION next_patch_arrival(previous bigint DEFAULT NULL) RETURNS bigint
LANGUAGE sql VOLATILE
RETURN greatest(
  (extract(epoch FROM clock_timestamp()) * 1000000)::bigint * 2048 + floor(random() * 2048)::bigint, previous + 1
);
