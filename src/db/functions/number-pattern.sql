-- A pattern that finds a phone number in a text from which blanks and separators were removed, with a plus, 00 or
-- neither before it; null for what is no number. Its digits must stand alone.
CREATE OR REPLACE FUNCTION number_pattern(p_number text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path FROM CURRENT
RETURN CASE WHEN comparable_number(p_number) ~ '^\+[0-9]{7,15}$'
  THEN '(^|[^0-9])(00)?' || substr(comparable_number(p_number), 2) || '($|[^0-9])' END;
