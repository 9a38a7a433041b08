-- A vendor's message as one text, whatever its bytes are. A text has no zero byte.
CREATE OR REPLACE FUNCTION message_text(m inbound_messages) RETURNS text
LANGUAGE sql STABLE SET search_path FROM CURRENT
RETURN coalesce(CASE
    WHEN position('\x00'::bytea IN m.body) > 0 THEN regexp_replace(encode(m.body, 'escape'), '\\000', ' ', 'g')
    ELSE convert_from(m.body, 'LATIN1') END, '') || E'\n' || m.query || E'\n' || m.headers::text;
