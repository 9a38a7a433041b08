ALTER TABLE "call_imports" ADD COLUMN "to_ask" integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "call_imports" ADD COLUMN "asked" integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "call_imports" ADD COLUMN "is_asking" boolean DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE "call_imports" ADD COLUMN "asked_after" text;--> statement-breakpoint
ALTER TABLE "call_references" ADD COLUMN "vendor_updated_at" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "call_references" ADD COLUMN "fetched_at" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "calls" ADD COLUMN "field_times" jsonb;--> statement-breakpoint
ALTER TABLE "vendor_accounts" ADD COLUMN "updates_tries" integer DEFAULT 0 NOT NULL;
--> statement-breakpoint
-- Writes the deliveries of new changes, in their transaction: every path that changes a call logs it. Vendors and kinds
-- come from the accounts. Metadata, flows and hang-ups go to vendors that have the call, a voice call to any.
CREATE OR REPLACE FUNCTION write_deliveries() RETURNS trigger
LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
  fuse CONSTANT integer := 30;
  recorded timestamptz(3) := clock_timestamp();
  request text;
  applied record;
BEGIN
  IF NOT EXISTS (
    SELECT FROM new_changes n JOIN vendor_accounts a ON a.organization_id = n.organization_id AND a.deleted_at IS NULL
  ) THEN
    RETURN NULL;
  END IF;
  request := nullif(current_setting('switchboard.trace', true), '');
  -- A joined record's deliveries become the call's. Of two open ones of a kind, the call's takes over.
  PERFORM move_deliveries(n.organization_id, n.call_id, (n.new_values #>> '{call,id}')::uuid) FROM new_changes n
  WHERE n.kind = 'JOINED' AND n.new_values ? 'call';
  -- An event's delivery is written before its call is known. Events that waited for the call get their positions in the
  -- order in which they count, which one UPDATE of all would not promise.
  FOR applied IN
    SELECT n.* FROM new_changes n WHERE n.kind = 'EVENT_APPLIED' ORDER BY n.label, n.seq
  LOOP
    UPDATE deliveries d SET call_id = applied.call_id, lane = applied.call_id, change_id = applied.id,
      position = DEFAULT, trace = coalesce(d.trace, request), updated_at = recorded
    WHERE d.organization_id = applied.organization_id AND d.event_id = applied.event_id AND d.call_id IS NULL;
  END LOOP;
  IF EXISTS (
    SELECT FROM new_changes n JOIN deliveries d ON d.organization_id = n.organization_id AND d.call_id = n.call_id
    WHERE d.state = 'INCOMPLETE' OR d.state IN ('PENDING', 'RETRYING') AND (d.claim IS NOT NULL OR d.kind = 'CALL_FLOW')
  ) THEN
    -- What a delivery waits for may be there now.
    UPDATE deliveries d SET state = 'PENDING', next_attempt_at = recorded, updated_at = recorded
    FROM (SELECT DISTINCT n.organization_id, n.call_id FROM new_changes n) n
    WHERE d.organization_id = n.organization_id AND d.call_id = n.call_id AND d.state = 'INCOMPLETE' AND d.claim IS NULL;
    UPDATE deliveries d SET is_woken = true
    FROM (SELECT DISTINCT n.organization_id, n.call_id FROM new_changes n) n
    WHERE d.organization_id = n.organization_id AND d.call_id = n.call_id AND d.state IN ('PENDING', 'RETRYING')
      AND d.claim IS NOT NULL AND NOT d.is_woken;
    -- A newer flow, or a hang-up, makes the flows that were not sent worthless.
    UPDATE deliveries d SET state = 'SUPERSEDED', updated_at = recorded
    FROM new_changes n
    WHERE n.kind IN ('CALL_FLOW_REPLACED', 'HUNG_UP') AND d.organization_id = n.organization_id
      AND d.call_id = n.call_id AND d.kind = 'CALL_FLOW' AND d.state IN ('PENDING', 'RETRYING', 'INCOMPLETE')
      AND d.claim IS NULL;
  END IF;
  INSERT INTO deliveries AS d (organization_id, id, account_id, call_id, lane, kind, state, priority, change_id, flow_id,
    touched, caused_by, trace, last_error, next_attempt_at, created_at, updated_at)
  SELECT w.organization_id, new_uuid(), w.account_id, w.call_id, w.call_id, w.delivery,
    CASE WHEN w.is_fused THEN 'DEAD' ELSE 'PENDING' END, CASE w.delivery WHEN 'HANG_UP' THEN 0 ELSE 1 END,
    w.change_id, w.flow_id, w.touched, w.caused_by, request,
    CASE WHEN w.is_fused THEN 'Two vendor accounts keep changing this call for each other: more than ' || fuse
      || ' deliveries in 10 minutes. Replay it when that has ended.' END,
    recorded, recorded, recorded
  FROM (
    SELECT t.*, t.caused_by IS NOT NULL AND fuse < (
        SELECT count(*) FROM deliveries e
        WHERE e.organization_id = t.organization_id AND e.call_id = t.call_id AND e.account_id = t.account_id
          AND e.caused_by IS NOT NULL AND e.created_at > recorded - interval '10 minutes'
      ) AS is_fused
    FROM (
      SELECT n.organization_id, n.call_id, a.id AS account_id, k.delivery,
        (array_agg(n.id ORDER BY n.label DESC, n.seq DESC))[1] AS change_id,
        (array_agg(n.account_id ORDER BY n.label DESC, n.seq DESC))[1] AS caused_by,
        metadata_fold(k.touched ORDER BY n.label, n.seq) AS touched,
        (array_agg(k.flow_id ORDER BY n.label DESC, n.seq DESC))[1] AS flow_id, max(n.seq) AS last
      FROM new_changes n
      JOIN vendor_accounts a ON a.organization_id = n.organization_id AND a.deleted_at IS NULL AND a.sends
        AND a.id IS DISTINCT FROM n.account_id
      -- Whether the call has become one of this vendor's.
      CROSS JOIN LATERAL (
        SELECT n.kind <> 'REGISTERED'
          AND jsonb_path_exists(n.new_values, '$.references[*] ? (@.system == $s)', jsonb_build_object('s', a.system))
          AND NOT jsonb_path_exists(n.old_values, '$.references[*] ? (@.system == $s)', jsonb_build_object('s', a.system))
          AS is_new
      ) v
      CROSS JOIN LATERAL (
        SELECT 'METADATA' AS delivery, NULL::uuid AS flow_id, merge_patch(
          merge_patch(json_shape(n.old_values -> 'metadata'), json_shape(n.new_values -> 'metadata')), '{}') AS touched
        WHERE (n.old_values ? 'metadata' OR n.new_values ? 'metadata') AND NOT (n.kind = 'JOINED' AND v.is_new)
        UNION ALL
        -- The vendor knows nothing of the call's metadata, or what the duplicate had that was joined into it.
        SELECT 'METADATA', NULL, merge_patch(merge_patch(json_shape(changed_members(o.metadata, c.metadata)),
          json_shape(changed_members(c.metadata, o.metadata))), '{}')
        FROM calls c CROSS JOIN LATERAL (
          SELECT coalesce((
            SELECT d.metadata FROM calls d
            WHERE n.kind = 'JOINED' AND d.organization_id = n.organization_id AND d.id = (n.new_values #>> '{duplicate,id}')::uuid
          ), '{}') AS metadata
        ) o
        WHERE v.is_new AND c.organization_id = n.organization_id AND c.id = n.call_id AND c.metadata <> o.metadata
        UNION ALL
        -- A join moves a voice call that the vendors have.
        SELECT 'VOICE_CALL', NULL, NULL WHERE n.new_values ? 'voiceCall' AND n.kind <> 'JOINED'
        UNION ALL
        SELECT 'CALL_FLOW', f.id, NULL FROM call_flows f
        WHERE n.kind = 'CALL_FLOW_REPLACED' AND f.organization_id = n.organization_id AND f.call_id = n.call_id
          AND f.revision = (n.new_values #>> '{callFlow,revision}')::integer
        UNION ALL
        SELECT 'HANG_UP', NULL, NULL WHERE n.kind = 'HUNG_UP'
      ) k
      WHERE k.delivery = ANY (a.kinds) AND (k.delivery = 'VOICE_CALL' OR EXISTS (
          SELECT FROM call_references r
          WHERE r.organization_id = n.organization_id AND r.call_id = n.call_id AND r.system = a.system
        )) AND (NOT EXISTS (
          SELECT FROM vendor_accounts o
          WHERE o.organization_id = a.organization_id AND o.system = a.system AND o.id <> a.id
        ) OR a.id IN (SELECT v.account_id FROM vendor_accounts_of_call(n.organization_id, n.call_id, a.system) v))
      GROUP BY n.organization_id, n.call_id, a.id, k.delivery
    ) t
  ) w
  ORDER BY w.last
  ON CONFLICT (organization_id, account_id, call_id, kind)
    WHERE kind IN ('METADATA', 'VOICE_CALL') AND state IN ('PENDING', 'RETRYING', 'INCOMPLETE') AND claim IS NULL
  -- Changes no indexed column: its state is the same.
  DO UPDATE SET touched = merge_patch(d.touched, excluded.touched), change_id = excluded.change_id,
    caused_by = excluded.caused_by, first_attempt_at = NULL;
  RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER write_deliveries AFTER INSERT ON call_changes
REFERENCING NEW TABLE AS new_changes FOR EACH STATEMENT EXECUTE FUNCTION write_deliveries();
