CREATE EXTENSION IF NOT EXISTS btree_gin;
--> statement-breakpoint
-- Two spellings of one number are equal in this form: E.164 without the signs that people set between digits, also from
-- `tel:` and from the international prefix 00. What is no international number stays as it is: its country is unknown.
-- Cut, because an index entry holds 2,704 bytes.
CREATE FUNCTION comparable_number(address text) RETURNS text
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
  digits text;
BEGIN
  IF address ~ '^\+[1-9][0-9]{1,14}$' OR length(address) > 40 THEN
    RETURN left(address, 256);
  END IF;
  digits := regexp_replace(regexp_replace(address, '^tel:', '', 'i'), '[\s().\-/]', '', 'g');
  IF digits ~ '^\+[1-9][0-9]{1,14}$' THEN
    RETURN digits;
  ELSIF digits ~ '^00[1-9][0-9]{1,14}$' THEN
    RETURN '+' || substr(digits, 3);
  END IF;
  RETURN address;
END $$;
--> statement-breakpoint
-- The time in a UUIDv7, as newId gives it: what voice calls made before had beside their id is made one with it.
UPDATE voice_calls SET created_at =
  to_timestamp(('x' || left(replace(id::text, '-', ''), 12))::bit(48)::bigint / 1000.0);
