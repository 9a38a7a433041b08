-- The size of a value as compact JSON in UTF-8, as JavaScript writes it. Postgres adds a space after each comma and
-- colon, and writes numbers differently: JavaScript uses an exponent below a millionth and from 10^21 on, jsonb never
-- does, float8 does much sooner and with at least two digits.
CREATE OR REPLACE FUNCTION json_bytes(value jsonb) RETURNS bigint
LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path FROM CURRENT
RETURN octet_length(value::text) - (
  SELECT coalesce(sum(CASE jsonb_typeof(part)
    WHEN 'array' THEN greatest(jsonb_array_length(part) - 1, 0)
    WHEN 'object' THEN greatest(2 * (SELECT count(*) FROM jsonb_object_keys(part)) - 1, 0)
    ELSE CASE
      WHEN part::numeric = 0 OR abs(part::numeric) >= 0.000001 AND abs(part::numeric) < 1e21 THEN 0
      ELSE octet_length(part::text) - octet_length(regexp_replace(part::float8::text, 'e([-+])0', 'e\1'))
    END END), 0)
  FROM jsonb_path_query(value, 'strict $.** ? (@.type() == "object" || @.type() == "array" || @.type() == "number")') part
);
