-- What `search` looks at of a transcript.
CREATE OR REPLACE FUNCTION transcript_text(summary text, lines jsonb) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path FROM CURRENT
RETURN search_fold(concat_ws(E'\x1f', summary,
  (SELECT string_agg(l.line ->> 'text', E'\x1f' ORDER BY l.place) FROM jsonb_array_elements(lines) WITH ORDINALITY l (line, place))));
