-- The first label of the current epoch. The low 48 bits of a label hold a transaction id.
CREATE OR REPLACE FUNCTION call_change_epoch_start() RETURNS bigint
LANGUAGE sql STABLE SET search_path FROM CURRENT
RETURN (SELECT epoch << 48 FROM log_epoch);
