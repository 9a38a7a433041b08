-- The value that a match rule compares: a string or number of 1 to 500 characters (no name of a call is longer), else
-- null. Phone numbers in comparable form; references without surrounding blanks, as they are stored.
CREATE OR REPLACE FUNCTION match_value(metadata jsonb, path text[], call_field text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path FROM CURRENT
RETURN CASE
  WHEN jsonb_typeof(metadata #> path) IN ('string', 'number') AND length(metadata #>> path) BETWEEN 1 AND 500
  THEN CASE
    WHEN call_field IN ('FROM', 'TO', 'CUSTOMER_NUMBER') THEN comparable_number(metadata #>> path)
    WHEN call_field = 'REFERENCE' THEN regexp_replace(metadata #>> path, '^\s+|\s+$', '', 'g')
    ELSE metadata #>> path END
END;
