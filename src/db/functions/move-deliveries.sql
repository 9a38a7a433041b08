-- Gives a joined record's deliveries to the call. Of two open ones of a kind, the call's takes over.
CREATE OR REPLACE FUNCTION move_deliveries(p_organization uuid, p_from uuid, p_to uuid) RETURNS void
LANGUAGE plpgsql VOLATILE SET search_path FROM CURRENT AS $$
DECLARE
  open_states CONSTANT text[] := '{PENDING,RETRYING,INCOMPLETE}';
BEGIN
  UPDATE deliveries d SET touched = merge_patch(o.touched, d.touched)
  FROM deliveries o
  WHERE d.organization_id = p_organization AND d.call_id = p_to AND d.state = ANY (open_states) AND d.claim IS NULL
    AND o.organization_id = p_organization AND o.call_id = p_from AND o.state = ANY (open_states) AND o.claim IS NULL
    AND d.account_id = o.account_id AND d.kind = o.kind AND d.kind = 'METADATA';
  UPDATE deliveries o SET state = 'SUPERSEDED', updated_at = clock_timestamp()
  WHERE o.organization_id = p_organization AND o.call_id = p_from AND o.kind IN ('METADATA', 'VOICE_CALL')
    AND o.state = ANY (open_states) AND o.claim IS NULL AND EXISTS (
      SELECT FROM deliveries d
      WHERE d.organization_id = p_organization AND d.call_id = p_to AND d.account_id = o.account_id AND d.kind = o.kind
        AND d.state = ANY (open_states) AND d.claim IS NULL
    );
  UPDATE deliveries o SET call_id = p_to, lane = p_to WHERE o.organization_id = p_organization AND o.call_id = p_from;
END $$;
