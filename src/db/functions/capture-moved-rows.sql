-- Has every write to the organization's rows of a table noted in moved_rows, or ends that. Each trigger is of one kind of
-- write, because the condition of others would have no OLD or NEW.
CREATE OR REPLACE FUNCTION capture_moved_rows(organization uuid, owned text, is_on boolean) RETURNS void
LANGUAGE plpgsql VOLATILE SET search_path FROM CURRENT AS $$
DECLARE
  operation record;
  name text;
  is_there boolean;
BEGIN
  FOR operation IN SELECT * FROM (VALUES ('INSERT', 'NEW'), ('UPDATE', 'OLD'), ('DELETE', 'OLD')) o(kind, image) LOOP
    name := format('move_%s_%s', lower(operation.kind), replace(organization::text, '-', ''));
    is_there := EXISTS (SELECT FROM pg_trigger t WHERE t.tgrelid = quote_ident(owned)::regclass AND t.tgname = name);
    IF is_there AND NOT is_on THEN
      EXECUTE format('DROP TRIGGER %I ON %I', name, owned);
    ELSIF is_on AND NOT is_there THEN
      EXECUTE format(
        'CREATE TRIGGER %I AFTER %s ON %I FOR EACH ROW WHEN (%s.organization_id = %L) EXECUTE FUNCTION note_moved_row(%L, %s)',
        name, operation.kind, owned, operation.image, organization, owned,
        (SELECT string_agg(quote_literal(k), ', ') FROM organization_tables() t CROSS JOIN LATERAL unnest(t.key) k
         WHERE t.name = owned)
      );
    END IF;
  END LOOP;
END $$;
