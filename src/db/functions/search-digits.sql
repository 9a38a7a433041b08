-- The digits of a number of any country, without its separators; null for what is no number. Must agree with
-- src/foundation/phone-numbers.ts.
CREATE OR REPLACE FUNCTION search_digits(address text) RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE SET search_path FROM CURRENT
RETURN substring(
  regexp_replace(regexp_replace(comparable_number(address), '^tel:', '', 'i'), '[\s().\-/]', '', 'g')
  FROM '^\+?([0-9]+)$');
