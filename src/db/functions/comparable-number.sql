-- Brings two spellings of one phone number to the same text: E.164, without separators, `tel:` or the prefix 00. 8 to
-- 15 digits count as a number whose plus is missing. Anything else stays as it is, because its country is unknown. The
-- result is cut because an index entry holds at most 2,704 bytes.
CREATE OR REPLACE FUNCTION comparable_number(address text) RETURNS text
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
  digits text;
BEGIN
  IF address ~ '^\+[1-9][0-9]{1,14}$' OR length(address) > 40 THEN
    RETURN left(address, 256);
  ELSIF address ~ '^[1-9][0-9]{7,14}$' THEN
    RETURN '+' || address;
  END IF;
  digits := regexp_replace(regexp_replace(address, '^tel:', '', 'i'), '[\s().\-/]', '', 'g');
  IF digits ~ '^\+[1-9][0-9]{1,14}$' THEN
    RETURN digits;
  ELSIF digits ~ '^00[1-9][0-9]{1,14}$' THEN
    RETURN '+' || substr(digits, 3);
  END IF;
  RETURN address;
END $$;
