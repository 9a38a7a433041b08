-- Keeps call_search as the references of calls are, those of one statement at once. A join moves them: see search_owner.
CREATE OR REPLACE FUNCTION search_references() RETURNS trigger
LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
  PERFORM write_call_search(n.organization_id, array_agg(DISTINCT n.call_id)) FROM new_references n
  GROUP BY n.organization_id;
  RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER search_new_references AFTER INSERT ON call_references
REFERENCING NEW TABLE AS new_references FOR EACH STATEMENT EXECUTE FUNCTION search_references();
