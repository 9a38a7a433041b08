-- The patches of records: those of the log, and what still counts of those that were pruned: their rows may be in the log until
-- its part is dropped. They count in the order of (effective_at, arrival).
CREATE OR REPLACE FUNCTION call_ledger(p_organization uuid, p_records uuid[]) RETURNS TABLE (
  call_id uuid, effective_at timestamptz, arrival bigint, patch jsonb, event_id uuid, account_id uuid
)
LANGUAGE sql STABLE ROWS 20
BEGIN ATOMIC
  SELECT h.call_id, h.effective_at, h.arrival, h.patch, h.event_id, h.account_id FROM call_changes h
  WHERE h.organization_id = p_organization AND h.call_id = ANY (p_records) AND h.patch IS NOT NULL
    AND (h.label, h.seq) > (
      SELECT coalesce(max(p.label), 0), coalesce(max(p.seq), 0) FROM pruned_changes p WHERE p.organization_id = p_organization
    )
  UNION ALL
  SELECT c.call_id, c.effective_at, c.arrival, c.patch, c.event_id, c.account_id FROM checkpoint_patches c
  WHERE c.organization_id = p_organization AND c.call_id = ANY (p_records);
END;
