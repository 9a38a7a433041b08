-- Keeps call_search as a row of a call is: the summary of its voice call, or a reference that a join has moved. A new
-- call has no text yet: it comes with its references, or at the commit.
CREATE OR REPLACE FUNCTION search_owner() RETURNS trigger
LANGUAGE plpgsql SET search_path FROM CURRENT SET enable_seqscan = off AS $$
BEGIN
  IF TG_OP = 'INSERT' AND NOT EXISTS (
    SELECT FROM call_search s WHERE s.organization_id = NEW.organization_id AND s.call_id = NEW.call_id
  ) THEN
    RETURN NULL;
  END IF;
  PERFORM write_call_search(NEW.organization_id, ARRAY[NEW.call_id]);
  RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER search_new_voice_call AFTER INSERT ON voice_calls FOR EACH ROW
WHEN (NEW.call_summary IS NOT NULL) EXECUTE FUNCTION search_owner();

CREATE OR REPLACE TRIGGER search_changed_voice_call AFTER UPDATE ON voice_calls FOR EACH ROW
WHEN (OLD.call_summary IS DISTINCT FROM NEW.call_summary OR OLD.call_id <> NEW.call_id)
EXECUTE FUNCTION search_owner();

CREATE OR REPLACE TRIGGER search_moved_reference AFTER UPDATE ON call_references FOR EACH ROW
WHEN (OLD.call_id <> NEW.call_id) EXECUTE FUNCTION search_owner();
