CREATE TABLE "cursor_secret" (
	"is_only" boolean PRIMARY KEY DEFAULT true NOT NULL,
	"secret" "bytea" NOT NULL,
	CONSTRAINT "cursor_secret_is_only" CHECK ("cursor_secret"."is_only")
);
--> statement-breakpoint
-- gen_random_uuid draws from the same source as keys do: three times 122 bits.
INSERT INTO "cursor_secret" ("secret") VALUES (
  sha256(uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()))
);
--> statement-breakpoint
-- First without a default: of what is there already nobody knows.
ALTER TABLE "call_changes" ADD COLUMN "actor_type" text;--> statement-breakpoint
ALTER TABLE "call_events" ADD COLUMN "actor_type" text;--> statement-breakpoint
ALTER TABLE "call_changes" ALTER COLUMN "actor_type" SET DEFAULT 'API_KEY';--> statement-breakpoint
ALTER TABLE "call_events" ALTER COLUMN "actor_type" SET DEFAULT 'API_KEY';--> statement-breakpoint
-- Functions are told by one text who writes; a person's name is marked by a character that no name has.
CREATE FUNCTION set_actor_type() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
  NEW.actor := substr(NEW.actor, 2);
  NEW.actor_type := 'PERSON';
  RETURN NEW;
END $$;
--> statement-breakpoint
CREATE TRIGGER set_actor_type BEFORE INSERT ON call_changes
FOR EACH ROW WHEN (starts_with(NEW.actor, E'\x01')) EXECUTE FUNCTION set_actor_type();
--> statement-breakpoint
-- A patch's place among those of the same time: when it arrived, in microseconds, and eleven random bits, so that two of
-- one microsecond differ. A sequence would show each organization how much all others write. The place comes after
-- `previous`, also where the clock was set back.
CREATE FUNCTION next_patch_arrival(previous bigint DEFAULT NULL) RETURNS bigint
LANGUAGE sql VOLATILE
RETURN greatest(
  (extract(epoch FROM clock_timestamp()) * 1000000)::bigint * 2048 + floor(random() * 2048)::bigint, previous + 1
);
--> statement-breakpoint
-- Every function that draws from the sequence takes the time instead; a merge counts after what its call has. The numbers
-- that were drawn before are smaller than any time.
DO $$
DECLARE
  definition text;
BEGIN
  FOR definition IN
    SELECT pg_get_functiondef(p.oid) FROM pg_proc p
    WHERE p.pronamespace = current_schema()::regnamespace AND p.prosrc LIKE '%nextval(''patch_arrival'')%'
  LOOP
    definition := replace(definition, 'arrived := nextval(''patch_arrival'')',
      'arrived := next_patch_arrival(stored.metadata_arrival)');
    EXECUTE replace(definition, 'nextval(''patch_arrival'')', 'next_patch_arrival()');
  END LOOP;
END $$;
--> statement-breakpoint
DROP SEQUENCE "patch_arrival";
