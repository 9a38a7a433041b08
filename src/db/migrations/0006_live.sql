-- Labels begin with the number of an epoch, for transaction ids start again when a dump is restored into a new cluster:
-- what was logged before would lie above the new ids, and nobody would be told of it. See raise_call_change_epoch.
CREATE SEQUENCE "call_change_epoch";
--> statement-breakpoint
-- The first label of the present epoch; 48 bits are left for transaction ids.
CREATE FUNCTION call_change_epoch_start() RETURNS bigint
LANGUAGE sql STABLE SET search_path FROM CURRENT
RETURN coalesce(pg_sequence_last_value('call_change_epoch'::regclass), 0) << 48;
--> statement-breakpoint
CREATE OR REPLACE FUNCTION next_change_label(last_label bigint) RETURNS bigint
LANGUAGE sql VOLATILE SET search_path FROM CURRENT
RETURN greatest(
  (coalesce(pg_sequence_last_value('call_change_epoch'::regclass), 0) << 48) + pg_current_xact_id()::text::bigint,
  last_label
);
--> statement-breakpoint
-- The end of the log as the statement sees it: rows with a label below it are all there, and none is to come. Of the
-- statement's own snapshot, for which it must not be VOLATILE.
CREATE FUNCTION call_change_horizon() RETURNS bigint
LANGUAGE sql STABLE SET search_path FROM CURRENT
RETURN call_change_epoch_start() + pg_snapshot_xmin(pg_current_snapshot())::text::bigint;
--> statement-breakpoint
-- Begins a new epoch where the log has labels that no transaction of this cluster can have made.
CREATE FUNCTION raise_call_change_epoch() RETURNS void
LANGUAGE sql VOLATILE SET search_path FROM CURRENT
BEGIN ATOMIC
  SELECT setval('call_change_epoch'::regclass, coalesce(pg_sequence_last_value('call_change_epoch'::regclass), 0) + 1)
  WHERE (
    SELECT max(newest.label) FROM organizations o CROSS JOIN LATERAL (
      SELECT c.label FROM call_changes c WHERE c.organization_id = o.organization_id ORDER BY c.label DESC LIMIT 1
    ) newest
  ) >= call_change_epoch_start() + pg_snapshot_xmax(pg_current_snapshot())::text::bigint;
END;
