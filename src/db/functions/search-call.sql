-- Keeps call_search as a call is. The references of a new call come right after it: see search_references.
CREATE OR REPLACE FUNCTION search_call() RETURNS trigger
LANGUAGE plpgsql SET search_path FROM CURRENT SET enable_seqscan = off AS $$
BEGIN
  IF TG_OP = 'INSERT' AND EXISTS (
    SELECT FROM call_search s WHERE s.organization_id = NEW.organization_id AND s.call_id = NEW.id
  ) THEN
    RETURN NULL;
  END IF;
  IF NEW.joined_into IS NOT NULL THEN
    DELETE FROM call_search s
    WHERE s.organization_id = NEW.organization_id AND s.call_id = NEW.id AND s.source = NEW.id;
  ELSE
    PERFORM write_call_search(NEW.organization_id, ARRAY[NEW.id]);
  END IF;
  RETURN NULL;
END $$;

DROP TRIGGER IF EXISTS search_new_call ON calls;

CREATE CONSTRAINT TRIGGER search_new_call AFTER INSERT ON calls DEFERRABLE INITIALLY DEFERRED
FOR EACH ROW EXECUTE FUNCTION search_call();

CREATE OR REPLACE TRIGGER search_changed_call AFTER UPDATE ON calls FOR EACH ROW
WHEN (OLD.from_address IS DISTINCT FROM NEW.from_address OR OLD.to_address IS DISTINCT FROM NEW.to_address
  OR OLD.customer_number IS DISTINCT FROM NEW.customer_number OR OLD.tags IS DISTINCT FROM NEW.tags
  OR OLD.assistant ->> 'name' IS DISTINCT FROM NEW.assistant ->> 'name'
  OR OLD.joined_into IS DISTINCT FROM NEW.joined_into)
EXECUTE FUNCTION search_call();
