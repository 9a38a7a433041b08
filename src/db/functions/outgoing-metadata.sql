-- What a vendor is sent of a call's metadata: each touched top-level member whole, and a null for all that was removed,
-- at whatever depth. So the vendor ends with the same members whether it merges the top level only or all of it.
CREATE OR REPLACE FUNCTION outgoing_metadata(metadata jsonb, touched jsonb) RETURNS jsonb
LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path FROM CURRENT
RETURN (
  SELECT coalesce(jsonb_object_agg(m.key, m.value), '{}') FROM jsonb_each(whole_members(metadata, touched)) m
  WHERE touched ? m.key
);
