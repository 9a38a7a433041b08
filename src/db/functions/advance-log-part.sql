-- Takes the next step towards a new part of the log, if the present part is at least p_age old. Returns which:
-- * NOT_DUE;
-- * BOUNDED: the last part is in use, as it is before the first step of all. It got an end far ahead, in a constraint;
-- * CHECKED: all its rows are before that end;
-- * BEGUN: new rows go to a new part.
-- Each step is a transaction of its own: the check reads all rows, beside the traffic, and the others hold their locks for
-- milliseconds. A part begins with a new epoch of labels, and has room for more: a restore begins one too. After the present
-- part there is always one without an end, so each label has its part. As the owner, because who serves makes no tables.
CREATE OR REPLACE FUNCTION advance_log_part(p_age interval) RETURNS text
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path FROM CURRENT SET lock_timeout = '200ms' AS $$
DECLARE
  room CONSTANT bigint := 4::bigint << 48;
  far CONSTANT bigint := 1000::bigint << 48;
  present bigint;
  part bigint;
  next bigint;
  begun timestamptz;
BEGIN
  PERFORM set_config('search_path', quote_ident(current_schema()) || ', pg_temp', true);
  PERFORM lock_log_parts();
  -- A restore, or a promoted standby, has begun epochs until the log came to the last part.
  UPDATE log_parts p SET begun_at = clock_timestamp() WHERE p.begun_at IS NULL AND p.label <= call_change_epoch_start();
  SELECT max(p.label) FILTER (WHERE p.begun_at IS NOT NULL), max(p.label) FILTER (WHERE p.begun_at IS NULL), max(p.begun_at)
  INTO part, next, begun FROM log_parts p;
  IF begun > clock_timestamp() - p_age THEN
    RETURN 'NOT_DUE';
  END IF;
  IF next IS NULL THEN
    next := call_change_epoch_start() + far;
    EXECUTE format('ALTER TABLE %I ADD CONSTRAINT log_part_end CHECK (label >= %s AND label < %s) NOT VALID',
      log_part(part), coalesce(part, 0), next);
    INSERT INTO log_parts (label) VALUES (next);
    RETURN 'BOUNDED';
  END IF;
  IF EXISTS (
    SELECT FROM pg_constraint k
    WHERE k.conrelid = to_regclass(log_part(part)) AND k.conname = 'log_part_end' AND NOT k.convalidated
  ) THEN
    EXECUTE format('ALTER TABLE %I VALIDATE CONSTRAINT log_part_end', log_part(part));
    RETURN 'CHECKED';
  END IF;
  -- No writer is left that has drawn a label. The others are those of the statements below, in the order of docs/locks.md.
  LOCK TABLE calls IN EXCLUSIVE MODE;
  LOCK TABLE vendor_accounts IN SHARE ROW EXCLUSIVE MODE;
  LOCK TABLE call_changes IN ACCESS EXCLUSIVE MODE;
  IF call_change_epoch_start() >= next THEN
    RETURN 'NOT_DUE';
  END IF;
  IF to_regclass(log_part(next)) IS NULL THEN
    EXECUTE format('ALTER TABLE call_changes DETACH PARTITION %I', log_part(part));
    EXECUTE format('ALTER TABLE call_changes ATTACH PARTITION %I FOR VALUES FROM (%s) TO (%s)', log_part(part),
      coalesce(part::text, 'MINVALUE'), next);
    EXECUTE format('ALTER TABLE %I DROP CONSTRAINT log_part_end', log_part(part));
  ELSE
    -- Empty until now, and without an end.
    EXECUTE format('DROP TABLE %I', log_part(next));
  END IF;
  PERFORM make_log_part(next, next + room);
  PERFORM make_log_part(next + room, NULL);
  UPDATE log_parts p SET begun_at = clock_timestamp() WHERE p.label = next;
  INSERT INTO log_parts (label) VALUES (next + room);
  UPDATE log_epoch SET epoch = next >> 48;
  RETURN 'BEGUN';
END $$;
