-- Erases what names a number and has no call: events that no call has, and vendors' messages. One step of each, after
-- the ids p_event and p_message: at most p_most, with about eight mebibytes; returns where it ended, null at the end. Values
-- of events are compared as numbers; messages are searched as text, and for what is no number as a JSON string.
CREATE OR REPLACE FUNCTION erase_number(
  p_organization uuid, p_number text, p_event uuid, p_message uuid, p_most integer, OUT event uuid, OUT message uuid
)
LANGUAGE plpgsql VOLATILE SET search_path FROM CURRENT AS $$
DECLARE
  pattern text := number_pattern(p_number);
  plain text := comparable_number(p_number);
  named uuid[];
  last uuid;
BEGIN
  PERFORM pg_advisory_xact_lock(hashtextextended(p_organization || ' intake', 0));
  WITH step AS (
    SELECT n.* FROM (
      SELECT e.id, e.metadata, e.session_id, e.reference_value,
        sum(pg_column_size(e.metadata)) OVER (ORDER BY e.id) - pg_column_size(e.metadata) AS before
      FROM call_events e
      WHERE e.organization_id = p_organization AND e.id > p_event ORDER BY e.id LIMIT p_most
    ) n WHERE n.before < 8388608
  )
  SELECT (array_agg(s.id ORDER BY s.id DESC))[1], array_agg(s.id) FILTER (WHERE (
      comparable_number(s.session_id) = plain OR comparable_number(s.reference_value) = plain OR EXISTS (
        SELECT FROM jsonb_path_query(s.metadata, 'strict $.** ? (@.type() == "string" || @.type() == "number")') v
        WHERE comparable_number(v #>> '{}') = plain
      )
    ) AND NOT EXISTS (
      SELECT FROM call_event_calls a WHERE a.organization_id = p_organization AND a.event_id = s.id
    ))
  INTO event, named FROM step s;
  PERFORM erase_events(p_organization, named);
  last := last_message_of_step(p_organization, p_message, p_most);
  WITH step AS (
    SELECT m.id, message_text(m) AS said
    FROM inbound_messages m
    WHERE m.organization_id = p_organization AND m.id > p_message AND m.id <= last
  )
  SELECT (array_agg(s.id ORDER BY s.id DESC))[1], array_agg(s.id) FILTER (WHERE CASE
    WHEN pattern IS NULL THEN position(to_jsonb(p_number)::text IN s.said) > 0
    ELSE regexp_replace(s.said, '[\s().\-/]', '', 'g') ~ pattern END)
  INTO message, named FROM step s;
  DELETE FROM inbound_messages m WHERE m.organization_id = p_organization AND m.id = ANY (named);
END $$;
