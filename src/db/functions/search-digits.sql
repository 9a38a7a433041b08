-- The digits of a number of any country, without its separators; null for what is no number. Must agree with
-- src/foundation/phone-numbers.ts.
CREATE OR REPLACE FUNCTION search_digits(address text) RETURNS text
-- Without a setting of its own, so that Postgres writes it into the statements that call it.
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN substring(
  regexp_replace(regexp_replace(comparable_number(address), '^tel:', '', 'i'), '[\s().\-/]', '', 'g')
  FROM '^\+?([0-9]+)$');
