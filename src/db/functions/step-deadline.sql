-- When a step has to end: after a third of the statement timeout.
CREATE OR REPLACE FUNCTION step_deadline() RETURNS timestamptz
LANGUAGE sql STABLE SET search_path FROM CURRENT
RETURN statement_timestamp()
  + coalesce(nullif(current_setting('statement_timeout')::interval, interval '0') / 3, interval '5 seconds');
