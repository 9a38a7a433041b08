-- Whether a call is close enough in time to match. A call that was joined into another one never is.
CREATE OR REPLACE FUNCTION is_candidate(call calls, at timestamptz, reach interval) RETURNS boolean
LANGUAGE sql STABLE PARALLEL SAFE
RETURN call.joined_into IS NULL
  AND coalesce(call.started_at, call.ringing_at, call.created_at) BETWEEN at - reach AND at + reach;
