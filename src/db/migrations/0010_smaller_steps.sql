-- Most events that one step lets in: as many as the transaction's setting says, 2000 without one.
CREATE OR REPLACE FUNCTION events_of_a_step() RETURNS integer
LANGUAGE sql STABLE PARALLEL SAFE
RETURN coalesce(nullif(current_setting('switchboard.events_of_a_step', true), '')::integer, 2000);
