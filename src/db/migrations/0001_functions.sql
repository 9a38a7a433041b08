CREATE SEQUENCE "call_change_seq";
--> statement-breakpoint
CREATE SEQUENCE "patch_arrival";
--> statement-breakpoint
-- RFC 7396, section 2. Most patches neither remove nor nest: for those `||` is the whole algorithm, at a quarter of the cost.
CREATE FUNCTION merge_patch(target jsonb, patch jsonb) RETURNS jsonb
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path FROM CURRENT AS $$
DECLARE
  base jsonb := CASE WHEN jsonb_typeof(target) = 'object' THEN target ELSE '{}' END;
BEGIN
  IF jsonb_typeof(patch) IS DISTINCT FROM 'object' THEN
    RETURN patch;
  END IF;
  IF NOT jsonb_path_exists(patch, 'strict $.* ? (@ == null || @.type() == "object")') THEN
    RETURN base || patch;
  END IF;
  -- All members at once: one by one, each would copy the whole object.
  RETURN (base - array(SELECT m.key FROM jsonb_each(patch) m WHERE jsonb_typeof(m.value) = 'null')) || (
    SELECT coalesce(jsonb_object_agg(m.key,
      CASE WHEN jsonb_typeof(m.value) = 'object' THEN merge_patch(base -> m.key, m.value) ELSE m.value END), '{}')
    FROM jsonb_each(patch) m WHERE jsonb_typeof(m.value) <> 'null'
  );
END $$;
--> statement-breakpoint
-- Where in the log a row of this transaction belongs: no running transaction's rows can come to lie before a label
-- that is below the snapshot's xmin, and within a call labels never fall.
CREATE FUNCTION next_change_label(last_label bigint) RETURNS bigint
LANGUAGE sql VOLATILE SET search_path FROM CURRENT
RETURN greatest(pg_current_xact_id()::text::bigint, last_label);
--> statement-breakpoint
-- The part of `metadata` that lies under the top-level keys which differ from `other`: what a log row keeps of it.
CREATE FUNCTION changed_members(metadata jsonb, other jsonb) RETURNS jsonb
LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path FROM CURRENT
RETURN (
  SELECT coalesce(jsonb_object_agg(m.key, m.value), '{}'::jsonb)
  FROM jsonb_each(metadata) m
  WHERE m.value IS DISTINCT FROM other -> m.key
);
--> statement-breakpoint
-- Bytes of a value as compact JSON in UTF-8, as clients write it. Postgres' own text has a blank after every comma and
-- colon, and writes the digits of 1e-300 out.
CREATE FUNCTION json_bytes(value jsonb) RETURNS bigint
LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path FROM CURRENT
RETURN octet_length(value::text) - (
  SELECT coalesce(sum(CASE jsonb_typeof(part)
    WHEN 'array' THEN greatest(jsonb_array_length(part) - 1, 0)
    WHEN 'object' THEN greatest(2 * (SELECT count(*) FROM jsonb_object_keys(part)) - 1, 0)
    ELSE greatest(octet_length(part::text) - octet_length(part::float8::text), 0) END), 0)
  FROM jsonb_path_query(value, 'strict $.** ? (@.type() == "object" || @.type() == "array" || @.type() == "number")') part
);
--> statement-breakpoint
-- Most values are far below the limit, and need not be measured to know it: their text is at most six times as long as
-- the binary form (a control character is escaped as six), but for numbers whose digits json_bytes leaves out.
CREATE FUNCTION metadata_too_large(metadata jsonb, max_bytes integer) RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path FROM CURRENT
RETURN CASE
  WHEN pg_column_size(metadata) * 6 <= max_bytes THEN false
  WHEN octet_length(metadata::text) <= max_bytes THEN false
  ELSE json_bytes(metadata) > max_bytes
END;
--> statement-breakpoint
-- One merge in one round trip: lock, then read (a statement that waited for the lock would still read the log with the
-- snapshot of its start), patch, append to the log. A patch that changes nothing is kept in the ledger all the same.
CREATE FUNCTION merge_call_metadata(
  p_organization uuid, p_call uuid, p_system text, p_name text, p_value text,
  p_patch jsonb, p_expected_revision integer, p_max_bytes integer, p_change uuid, p_actor text
) RETURNS TABLE (outcome text, call calls)
LANGUAGE plpgsql VOLATILE SET search_path FROM CURRENT AS $$
DECLARE
  stored calls;
  merged jsonb;
  changed boolean;
  at timestamptz(3);
  arrived bigint;
  at_label bigint;
  recorded timestamptz(3);
BEGIN
  IF p_call IS NULL THEN
    SELECT r.call_id INTO p_call FROM call_references r
    WHERE r.organization_id = p_organization AND r.system = p_system AND r.name = p_name AND r.value = p_value;
  END IF;
  SELECT c.* INTO stored FROM calls c
  WHERE c.organization_id = p_organization AND c.id = p_call FOR NO KEY UPDATE;
  IF NOT FOUND THEN
    RETURN;
  END IF;
  IF p_expected_revision IS NOT NULL AND p_expected_revision <> stored.revision THEN
    RETURN QUERY SELECT 'REVISION_CONFLICT', stored;
    RETURN;
  END IF;
  merged := merge_patch(stored.metadata, p_patch);
  IF metadata_too_large(merged, p_max_bytes) THEN
    RETURN QUERY SELECT 'LIMIT_EXCEEDED', stored;
    RETURN;
  END IF;
  changed := merged <> stored.metadata;
  recorded := clock_timestamp();
  at := greatest(recorded, stored.metadata_at);
  arrived := nextval('patch_arrival');
  at_label := next_change_label(stored.change_label);
  INSERT INTO call_changes (organization_id, label, seq, id, call_id, kind, actor, revision, patch, effective_at,
    arrival, old_values, new_values, recorded_at)
  VALUES (p_organization, at_label, nextval('call_change_seq'), p_change, stored.id, 'METADATA_MERGED', p_actor,
    CASE WHEN changed THEN stored.revision + 1 END, p_patch, at, arrived,
    CASE WHEN changed THEN jsonb_build_object('metadata', changed_members(stored.metadata, merged)) ELSE '{}' END,
    CASE WHEN changed THEN jsonb_build_object('metadata', changed_members(merged, stored.metadata)) ELSE '{}' END,
    recorded);
  UPDATE calls c SET metadata = merged, metadata_at = at, metadata_arrival = arrived, change_label = at_label,
    revision = stored.revision + changed::int,
    updated_at = CASE WHEN changed THEN recorded ELSE stored.updated_at END
  WHERE c.organization_id = p_organization AND c.id = stored.id RETURNING c.* INTO stored;
  RETURN QUERY SELECT 'MERGED', stored;
END $$;
