-- For triggers that capture_moved_rows makes: notes which row was written, so that the copy of it is made good. Its
-- arguments are the table and the columns of its key. It waits while the organization is handed over, and refuses what
-- comes after that.
CREATE OR REPLACE FUNCTION note_moved_row() RETURNS trigger
LANGUAGE plpgsql VOLATILE SET search_path FROM CURRENT AS $$
DECLARE
  organization CONSTANT uuid := coalesce(NEW.organization_id, OLD.organization_id);
BEGIN
  PERFORM pg_advisory_xact_lock_shared(move_lock(organization));
  IF EXISTS (SELECT FROM organizations o WHERE o.organization_id = organization AND o.held_at IS NOT NULL) THEN
    RAISE EXCEPTION 'the organization has moved to another database' USING ERRCODE = 'SB001';
  END IF;
  INSERT INTO moved_rows (organization_id, table_name, key)
  SELECT organization, TG_ARGV[0], (
    SELECT jsonb_object_agg(k.name, written.image -> k.name) FROM unnest(TG_ARGV) WITH ORDINALITY k(name, place)
    WHERE k.place > 1
  )
  FROM (
    SELECT to_jsonb(OLD) AS image WHERE TG_OP <> 'INSERT'
    UNION
    SELECT to_jsonb(NEW) WHERE TG_OP <> 'DELETE'
  ) written;
  RETURN NULL;
END $$;
