-- How many events one step may apply: the transaction's setting, or 2000.
CREATE OR REPLACE FUNCTION events_of_a_step() RETURNS integer
LANGUAGE sql STABLE PARALLEL SAFE
RETURN coalesce(nullif(current_setting('switchboard.events_of_a_step', true), '')::integer, 2000);
