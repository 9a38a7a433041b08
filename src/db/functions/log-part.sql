-- The name of the part of the log that begins with a label; NULL for the first part, which has what is older than all others.
CREATE OR REPLACE FUNCTION log_part(p_label bigint) RETURNS text
LANGUAGE sql IMMUTABLE
RETURN CASE WHEN p_label IS NULL THEN 'call_changes_first' ELSE 'call_changes_' || (p_label >> 48) END;
