DROP INDEX "calls_occurred_index";--> statement-breakpoint
CREATE INDEX "calls_occurred_index" ON "calls" USING btree ("organization_id",coalesce(started_at, ringing_at, created_at),"id","started_at","ringing_at","created_at") WHERE joined_into is null;--> statement-breakpoint
-- Puts a new flow in force and returns the call. Returns no row and writes nothing if the change is refused or its key
-- was used before; the caller then finds out which under the call's lock.
CREATE OR REPLACE FUNCTION replace_call_flow(
  p_organization uuid, p_call uuid, p_system text, p_name text, p_value text, p_terminal text[],
  p_expected_flow_revision integer, p_key text, p_flow uuid, p_created_at timestamptz, p_commands jsonb, p_change uuid,
  p_actor text
) RETURNS SETOF calls
LANGUAGE plpgsql VOLATILE ROWS 1 SET search_path FROM CURRENT AS $$
DECLARE
  stored record;
  call calls;
  recorded timestamptz(3);
  at_label bigint;
BEGIN
  IF p_call IS NULL THEN
    SELECT r.call_id INTO p_call FROM call_references r
    WHERE r.organization_id = p_organization AND r.system = p_system AND r.name = p_name AND r.value = p_value;
  END IF;
  LOOP
    SELECT c.status, c.revision, c.flow_revision, c.change_label, c.joined_into INTO stored FROM calls c
    WHERE c.organization_id = p_organization AND c.id = p_call FOR NO KEY UPDATE;
    IF NOT FOUND THEN
      RETURN;
    END IF;
    EXIT WHEN stored.joined_into IS NULL;
    p_call := stored.joined_into;
  END LOOP;
  IF stored.status = ANY (p_terminal) OR p_expected_flow_revision <> stored.flow_revision
    OR p_key IS NOT NULL AND EXISTS (
      SELECT FROM idempotency_keys k
      WHERE k.organization_id = p_organization AND k.call_id = p_call AND k.key = p_key
    )
  THEN
    RETURN;
  END IF;
  recorded := clock_timestamp();
  at_label := next_change_label(stored.change_label);
  WITH flow AS (
    INSERT INTO call_flows (organization_id, id, call_id, revision, created_at)
    VALUES (p_organization, p_flow, p_call, stored.flow_revision + 1, p_created_at)
  ), commands AS (
    INSERT INTO call_flow_commands (organization_id, id, flow_id, position, command, status, conditions, options)
    SELECT p_organization, c.id, p_flow, c.position, c.command, c.status, c.conditions, c.options
    FROM jsonb_to_recordset(p_commands)
      c (id uuid, position integer, command text, status text, conditions jsonb, options jsonb)
  ), key AS (
    INSERT INTO idempotency_keys (organization_id, call_id, key, flow_id, created_at)
    SELECT p_organization, p_call, p_key, p_flow, p_created_at WHERE p_key IS NOT NULL
  ), logged AS (
    INSERT INTO call_changes (organization_id, label, seq, id, call_id, kind, actor, revision, effective_at, old_values,
      new_values, recorded_at)
    VALUES (p_organization, at_label, nextval('call_change_seq'), p_change, p_call, 'CALL_FLOW_REPLACED', p_actor,
      stored.revision + 1, recorded, jsonb_build_object('callFlow',
        CASE WHEN stored.flow_revision > 0 THEN jsonb_build_object('revision', stored.flow_revision) END),
      jsonb_build_object('callFlow', jsonb_build_object('revision', stored.flow_revision + 1)), recorded)
  )
  UPDATE calls c SET flow_revision = stored.flow_revision + 1, revision = stored.revision + 1, updated_at = recorded,
    change_label = at_label
  WHERE c.organization_id = p_organization AND c.id = p_call RETURNING c.* INTO call;
  RETURN NEXT call;
END $$;
--> statement-breakpoint
-- Keeps call_search as a row of a call is: the summary of its voice call, or a reference that a join has moved. A new
-- call has no text yet: it comes with its references, or at the commit.
CREATE OR REPLACE FUNCTION search_owner() RETURNS trigger
LANGUAGE plpgsql SET search_path FROM CURRENT SET enable_seqscan = off AS $$
BEGIN
  IF TG_OP = 'INSERT' AND NOT EXISTS (
    SELECT FROM call_search s WHERE s.organization_id = NEW.organization_id AND s.call_id = NEW.call_id
  ) THEN
    RETURN NULL;
  END IF;
  PERFORM write_call_search(NEW.organization_id, ARRAY[NEW.call_id]);
  RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER search_new_voice_call AFTER INSERT ON voice_calls FOR EACH ROW
WHEN (NEW.call_summary IS NOT NULL) EXECUTE FUNCTION search_owner();

CREATE OR REPLACE TRIGGER search_changed_voice_call AFTER UPDATE ON voice_calls FOR EACH ROW
WHEN (OLD.call_summary IS DISTINCT FROM NEW.call_summary OR OLD.call_id <> NEW.call_id)
EXECUTE FUNCTION search_owner();

CREATE OR REPLACE TRIGGER search_moved_reference AFTER UPDATE ON call_references FOR EACH ROW
WHEN (OLD.call_id <> NEW.call_id) EXECUTE FUNCTION search_owner();
