CREATE TABLE "call_search" (
	"organization_id" uuid NOT NULL,
	"call_id" uuid NOT NULL,
	"source" uuid NOT NULL,
	"text" text NOT NULL,
	"numbers" text,
	CONSTRAINT "call_search_organization_id_call_id_source_pk" PRIMARY KEY("organization_id","call_id","source")
);
--> statement-breakpoint
ALTER TABLE "call_imports" ADD COLUMN "to_ask" integer DEFAULT 0 NOT NULL;
--> statement-breakpoint
ALTER TABLE "call_imports" ADD COLUMN "asked" integer DEFAULT 0 NOT NULL;
--> statement-breakpoint
ALTER TABLE "call_imports" ADD COLUMN "is_asking" boolean DEFAULT false NOT NULL;
--> statement-breakpoint
ALTER TABLE "call_imports" ADD COLUMN "asked_after" text;
--> statement-breakpoint
ALTER TABLE "call_references" ADD COLUMN "vendor_updated_at" timestamp (3) with time zone;
--> statement-breakpoint
ALTER TABLE "call_references" ADD COLUMN "fetched_at" timestamp (3) with time zone;
--> statement-breakpoint
ALTER TABLE "calls" ADD COLUMN "field_times" jsonb;
--> statement-breakpoint
ALTER TABLE "vendor_accounts" ADD COLUMN "updates_tries" integer DEFAULT 0 NOT NULL;
--> statement-breakpoint
ALTER TABLE "call_search" ADD CONSTRAINT "call_search_organization_id_call_id_calls_organization_id_id_fk" FOREIGN KEY ("organization_id","call_id") REFERENCES "public"."calls"("organization_id","id") ON DELETE cascade ON UPDATE no action;
--> statement-breakpoint
CREATE INDEX "calls_occurred_index" ON "calls" USING btree ("organization_id",coalesce(started_at, ringing_at, created_at),"id") WHERE joined_into is null;
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
--> statement-breakpoint
-- Makes the index of call_search, which needs the extension pg_trgm. Where that cannot be had, all but `search` works
-- without it. Runs at each start of a gateway.
CREATE OR REPLACE FUNCTION prepare_call_search() RETURNS void
LANGUAGE plpgsql VOLATILE SET search_path FROM CURRENT AS $$
BEGIN
  IF to_regclass('call_search_text_index') IS NOT NULL THEN
    RETURN;
  END IF;
  CREATE EXTENSION IF NOT EXISTS pg_trgm;
  -- The beginning of an id is its time, in units of 2^20 milliseconds: it leads to the newest of many.
  CREATE INDEX call_search_text_index ON call_search USING gin
    (organization_id, (left(call_id::text, 7)), text gin_trgm_ops, numbers gin_trgm_ops)
    WITH (gin_pending_list_limit = 1024);
-- The extension is not installed on the server, it may not be made, its operators are in a schema out of sight, or the
-- table is another role's.
EXCEPTION WHEN feature_not_supported OR undefined_file OR undefined_object OR insufficient_privilege
  OR read_only_sql_transaction THEN
  NULL;
END $$;
--> statement-breakpoint
-- The digits of a number of any country, without its separators; null for what is no number. Must agree with
-- src/foundation/phone-numbers.ts.
CREATE OR REPLACE FUNCTION search_digits(address text) RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE SET search_path FROM CURRENT
RETURN substring(
  regexp_replace(regexp_replace(comparable_number(address), '^tel:', '', 'i'), '[\s().\-/]', '', 'g')
  FROM '^\+?([0-9]+)$');
--> statement-breakpoint
-- A text without its case, for searches. lower() depends on the server's locale, and a filter is also judged in memory: see
-- src/foundation/search-text.ts, which must agree. A final sigma counts as a sigma. translate() compares each character
-- with all of the list, so that each alphabet has its own.
CREATE OR REPLACE FUNCTION search_fold(value text) RETURNS text
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
  folded text := lower(value COLLATE "C");
BEGIN
  IF octet_length(value) = length(value) THEN
    RETURN folded;
  END IF;
  folded := translate(folded,
    'ÀÁÂÃÄÅÆÇÈÉÊËÌÍÎÏÐÑÒÓÔÕÖØÙÚÛÜÝÞĀĂĄĆĈĊČĎĐĒĔĖĘĚĜĞĠĢĤĦĨĪĬĮĲĴĶĹĻĽĿŁŃŅŇŊŌŎŐŒŔŖŘŚŜŞŠŢŤŦŨŪŬŮŰŲŴŶŸŹŻŽ',
    'àáâãäåæçèéêëìíîïðñòóôõöøùúûüýþāăąćĉċčďđēĕėęěĝğġģĥħĩīĭįĳĵķĺļľŀłńņňŋōŏőœŕŗřśŝşšţťŧũūŭůűųŵŷÿźżž');
  IF value ~ '[\u0180-\u052f\u0531-\u0556\u1e00-\u1eff\uff21-\uff3a]' THEN
    folded := translate(folded,
      'ƁƂƄƆƇƉƊƋƎƏƐƑƓƔƖƗƘƜƝƟƠƢƤƦƧƩƬƮƯƱƲƳƵƷƸƼǄǅǇǈǊǋǍǏǑǓǕǗǙǛǞǠǢǤǦǨǪǬǮǱǲǴǶǷǸǺǼǾȀȂȄȆȈȊȌȎȐȒȔȖȘȚȜȞȠȢȤȦȨȪȬȮȰȲȺȻȽȾɁɃɄɅɆɈɊɌɎͰͲͶͿΆΈΉΊΌΎΏΑΒΓΔΕΖΗΘΙΚΛΜΝΞΟΠΡΣΤΥΦΧΨΩΪΫςϏϘϚϜϞϠϢϤϦϨϪϬϮϴϷϹϺϽϾϿЀЁЂЃЄЅІЇЈЉЊЋЌЍЎЏАБВГДЕЖЗИЙКЛМНОПРСТУФХЦЧШЩЪЫЬЭЮЯѠѢѤѦѨѪѬѮѰѲѴѶѸѺѼѾҀҊҌҎҐҒҔҖҘҚҜҞҠҢҤҦҨҪҬҮҰҲҴҶҸҺҼҾӀӁӃӅӇӉӋӍӐӒӔӖӘӚӜӞӠӢӤӦӨӪӬӮӰӲӴӶӸӺӼӾԀԂԄԆԈԊԌԎԐԒԔԖԘԚԜԞԠԢԤԦԨԪԬԮԱԲԳԴԵԶԷԸԹԺԻԼԽԾԿՀՁՂՃՄՅՆՇՈՉՊՋՌՍՎՏՐՑՒՓՔՕՖḀḂḄḆḈḊḌḎḐḒḔḖḘḚḜḞḠḢḤḦḨḪḬḮḰḲḴḶḸḺḼḾṀṂṄṆṈṊṌṎṐṒṔṖṘṚṜṞṠṢṤṦṨṪṬṮṰṲṴṶṸṺṼṾẀẂẄẆẈẊẌẎẐẒẔẞẠẢẤẦẨẪẬẮẰẲẴẶẸẺẼẾỀỂỄỆỈỊỌỎỐỒỔỖỘỚỜỞỠỢỤỦỨỪỬỮỰỲỴỶỸỺỼỾＡＢＣＤＥＦＧＨＩＪＫＬＭＮＯＰＱＲＳＴＵＶＷＸＹＺ',
      'ɓƃƅɔƈɖɗƌǝəɛƒɠɣɩɨƙɯɲɵơƣƥʀƨʃƭʈưʊʋƴƶʒƹƽǆǆǉǉǌǌǎǐǒǔǖǘǚǜǟǡǣǥǧǩǫǭǯǳǳǵƕƿǹǻǽǿȁȃȅȇȉȋȍȏȑȓȕȗșțȝȟƞȣȥȧȩȫȭȯȱȳⱥȼƚⱦɂƀʉʌɇɉɋɍɏͱͳͷϳάέήίόύώαβγδεζηθικλμνξοπρστυφχψωϊϋσϗϙϛϝϟϡϣϥϧϩϫϭϯθϸϲϻͻͼͽѐёђѓєѕіїјљњћќѝўџабвгдежзийклмнопрстуфхцчшщъыьэюяѡѣѥѧѩѫѭѯѱѳѵѷѹѻѽѿҁҋҍҏґғҕҗҙқҝҟҡңҥҧҩҫҭүұҳҵҷҹһҽҿӏӂӄӆӈӊӌӎӑӓӕӗәӛӝӟӡӣӥӧөӫӭӯӱӳӵӷӹӻӽӿԁԃԅԇԉԋԍԏԑԓԕԗԙԛԝԟԡԣԥԧԩԫԭԯաբգդեզէըթժիլխծկհձղճմյնշոչպջռսվտրցւփքօֆḁḃḅḇḉḋḍḏḑḓḕḗḙḛḝḟḡḣḥḧḩḫḭḯḱḳḵḷḹḻḽḿṁṃṅṇṉṋṍṏṑṓṕṗṙṛṝṟṡṣṥṧṩṫṭṯṱṳṵṷṹṻṽṿẁẃẅẇẉẋẍẏẑẓẕßạảấầẩẫậắằẳẵặẹẻẽếềểễệỉịọỏốồổỗộớờởỡợụủứừửữựỳỵỷỹỻỽỿａｂｃｄｅｆｇｈｉｊｋｌｍｎｏｐｑｒｓｔｕｖｗｘｙｚ');
  END IF;
  RETURN folded;
END $$;
--> statement-breakpoint
-- Writes what `search` looks at of these calls, but for their transcripts. A joined record is in no list.
CREATE OR REPLACE FUNCTION write_call_search(p_organization uuid, p_calls uuid[]) RETURNS void
LANGUAGE plpgsql VOLATILE SET search_path FROM CURRENT AS $$
DECLARE
  separator CONSTANT text := E'\x1f';
BEGIN
  INSERT INTO call_search AS s (organization_id, call_id, source, text, numbers)
  SELECT c.organization_id, c.id, c.id,
    search_fold(concat_ws(separator, c.from_address, c.to_address, nullif(nullif(c.customer_number, c.from_address), c.to_address),
      c.assistant ->> 'name', nullif(array_to_string(c.tags, separator), ''), r.reference_values, v.call_summary)),
    concat_ws(separator, search_digits(c.from_address), search_digits(c.to_address), search_digits(c.customer_number))
  FROM unnest(p_calls) w (id)
  JOIN calls c ON c.organization_id = p_organization AND c.id = w.id AND c.joined_into IS NULL
  LEFT JOIN LATERAL (
    SELECT string_agg(n.value, separator ORDER BY n.position) AS reference_values FROM call_references n
    WHERE n.organization_id = p_organization AND n.call_id = c.id
  ) r ON true
  LEFT JOIN voice_calls v ON v.organization_id = p_organization AND v.call_id = c.id
  ON CONFLICT (organization_id, call_id, source) DO UPDATE SET text = excluded.text, numbers = excluded.numbers
  WHERE (s.text, s.numbers) IS DISTINCT FROM (excluded.text, excluded.numbers);
END $$;
--> statement-breakpoint
-- Keeps call_search as a call is. The references of a new call come right after it: see search_references.
CREATE OR REPLACE FUNCTION search_call() RETURNS trigger
LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
  IF TG_OP = 'INSERT' AND EXISTS (
    SELECT FROM call_search s WHERE s.organization_id = NEW.organization_id AND s.call_id = NEW.id
  ) THEN
    RETURN NULL;
  END IF;
  IF NEW.joined_into IS NOT NULL THEN
    DELETE FROM call_search s
    WHERE s.organization_id = NEW.organization_id AND s.call_id = NEW.id AND s.source = NEW.id;
  ELSE
    PERFORM write_call_search(NEW.organization_id, ARRAY[NEW.id]);
  END IF;
  RETURN NULL;
END $$;

DROP TRIGGER IF EXISTS search_new_call ON calls;

CREATE CONSTRAINT TRIGGER search_new_call AFTER INSERT ON calls DEFERRABLE INITIALLY DEFERRED
FOR EACH ROW EXECUTE FUNCTION search_call();

CREATE OR REPLACE TRIGGER search_changed_call AFTER UPDATE ON calls FOR EACH ROW
WHEN (OLD.from_address IS DISTINCT FROM NEW.from_address OR OLD.to_address IS DISTINCT FROM NEW.to_address
  OR OLD.customer_number IS DISTINCT FROM NEW.customer_number OR OLD.tags IS DISTINCT FROM NEW.tags
  OR OLD.assistant ->> 'name' IS DISTINCT FROM NEW.assistant ->> 'name'
  OR OLD.joined_into IS DISTINCT FROM NEW.joined_into)
EXECUTE FUNCTION search_call();
--> statement-breakpoint
-- Keeps call_search as the references of calls are, those of one statement at once. A join moves them: see search_owner.
CREATE OR REPLACE FUNCTION search_references() RETURNS trigger
LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
  PERFORM write_call_search(n.organization_id, array_agg(DISTINCT n.call_id)) FROM new_references n
  GROUP BY n.organization_id;
  RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER search_new_references AFTER INSERT ON call_references
REFERENCING NEW TABLE AS new_references FOR EACH STATEMENT EXECUTE FUNCTION search_references();
--> statement-breakpoint
-- What `search` looks at of a transcript.
CREATE OR REPLACE FUNCTION transcript_text(summary text, lines jsonb) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path FROM CURRENT
RETURN search_fold(concat_ws(E'\x1f', summary,
  (SELECT string_agg(l.line ->> 'text', E'\x1f' ORDER BY l.place) FROM jsonb_array_elements(lines) WITH ORDINALITY l (line, place))));
--> statement-breakpoint
-- Keeps call_search as a transcript is. A join moves transcripts to another call.
CREATE OR REPLACE FUNCTION search_transcript() RETURNS trigger
LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
  IF TG_OP <> 'INSERT' THEN
    DELETE FROM call_search s
    WHERE s.organization_id = OLD.organization_id AND s.call_id = OLD.call_id AND s.source = OLD.id;
  END IF;
  IF TG_OP <> 'DELETE' THEN
    INSERT INTO call_search (organization_id, call_id, source, text)
    VALUES (NEW.organization_id, NEW.call_id, NEW.id, transcript_text(NEW.summary, NEW.lines));
  END IF;
  RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER search_transcript AFTER INSERT OR DELETE OR UPDATE OF call_id, summary, lines ON call_transcripts
FOR EACH ROW EXECUTE FUNCTION search_transcript();
--> statement-breakpoint
-- Keeps call_search as a row of a call is: the summary of its voice call, or a reference that a join has moved.
CREATE OR REPLACE FUNCTION search_owner() RETURNS trigger
LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
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
--> statement-breakpoint
-- What calls and transcripts were there before.
SELECT write_call_search(c.organization_id, array_agg(c.id)) FROM calls c WHERE c.joined_into IS NULL GROUP BY c.organization_id;
--> statement-breakpoint
INSERT INTO call_search (organization_id, call_id, source, text)
SELECT t.organization_id, t.call_id, t.id, transcript_text(t.summary, t.lines) FROM call_transcripts t
WHERE NOT EXISTS (
  SELECT FROM call_search s WHERE s.organization_id = t.organization_id AND s.call_id = t.call_id AND s.source = t.id
);
