-- Keeps call_search as a transcript is. A join moves transcripts to another call.
CREATE OR REPLACE FUNCTION search_transcript() RETURNS trigger
LANGUAGE plpgsql SET search_path FROM CURRENT SET enable_seqscan = off AS $$
BEGIN
  IF TG_OP <> 'INSERT' THEN
    DELETE FROM call_search s
    WHERE s.organization_id = OLD.organization_id AND s.call_id = OLD.call_id AND s.source = OLD.id;
  END IF;
  IF TG_OP <> 'DELETE' THEN
    INSERT INTO call_search (organization_id, call_id, source, text)
    VALUES (NEW.organization_id, NEW.call_id, NEW.id, transcript_text(NEW.summary, NEW.lines));
  END IF;
  RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER search_transcript AFTER INSERT OR DELETE OR UPDATE OF call_id, summary, lines ON call_transcripts
FOR EACH ROW EXECUTE FUNCTION search_transcript();
