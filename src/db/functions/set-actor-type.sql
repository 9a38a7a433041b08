-- Functions get the author as one text: see actorOf. Control characters, which no name contains, mark its parts: U+0003 a
-- trace context, U+0001 a person's name, U+0002 an account's id and name.
CREATE OR REPLACE FUNCTION set_actor_type() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
  IF starts_with(NEW.actor, E'\x03') THEN
    PERFORM set_config('switchboard.trace', substr(NEW.actor, 2, 55), true);
    NEW.actor := substr(NEW.actor, 57);
  END IF;
  IF starts_with(NEW.actor, E'\x01') THEN
    NEW.actor_type := 'PERSON';
    NEW.actor := substr(NEW.actor, 2);
  ELSIF starts_with(NEW.actor, E'\x02') THEN
    NEW.actor_type := 'VENDOR_ACCOUNT';
    NEW.account_id := substr(NEW.actor, 2, 36)::uuid;
    NEW.actor := substr(NEW.actor, 38);
  END IF;
  RETURN NEW;
END $$;

CREATE OR REPLACE TRIGGER set_actor_type BEFORE INSERT ON call_changes
FOR EACH ROW WHEN (left(NEW.actor, 1) IN (E'\x01', E'\x02', E'\x03')) EXECUTE FUNCTION set_actor_type();
