CREATE TABLE "call_search" (
	"organization_id" uuid NOT NULL,
	"call_id" uuid NOT NULL,
	"source" uuid NOT NULL,
	"text" text NOT NULL,
	"numbers" text,
	CONSTRAINT "call_search_organization_id_call_id_source_pk" PRIMARY KEY("organization_id","call_id","source")
);
--> statement-breakpoint
ALTER TABLE "call_search" ADD CONSTRAINT "call_search_organization_id_call_id_calls_organization_id_id_fk" FOREIGN KEY ("organization_id","call_id") REFERENCES "public"."calls"("organization_id","id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "calls_occurred_index" ON "calls" USING btree ("organization_id",coalesce(started_at, ringing_at, created_at),"id") WHERE joined_into is null;
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
-- src/foundation/search-text.ts, which must agree. A final sigma counts as a sigma.
CREATE OR REPLACE FUNCTION search_fold(value text) RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN CASE WHEN octet_length(value) = length(value) THEN lower(value COLLATE "C")
  ELSE translate(lower(value COLLATE "C"),
    'ÀÁÂÃÄÅÆÇÈÉÊËÌÍÎÏÐÑÒÓÔÕÖØÙÚÛÜÝÞĀĂĄĆĈĊČĎĐĒĔĖĘĚĜĞĠĢĤĦĨĪĬĮĲĴĶĹĻĽĿŁŃŅŇŊŌŎŐŒŔŖŘŚŜŞŠŢŤŦŨŪŬŮŰŲŴŶŸŹŻŽƁƂƄƆƇƉƊƋƎƏƐƑƓƔƖƗƘƜƝƟƠƢƤƦƧƩƬƮƯƱƲƳƵƷƸƼǄǅǇǈǊǋǍǏǑǓǕǗǙǛǞǠǢǤǦǨǪǬǮǱǲǴǶǷǸǺǼǾȀȂȄȆȈȊȌȎȐȒȔȖȘȚȜȞȠȢȤȦȨȪȬȮȰȲȺȻȽȾɁɃɄɅɆɈɊɌɎͰͲͶͿΆΈΉΊΌΎΏΑΒΓΔΕΖΗΘΙΚΛΜΝΞΟΠΡΣΤΥΦΧΨΩΪΫςϏϘϚϜϞϠϢϤϦϨϪϬϮϴϷϹϺϽϾϿЀЁЂЃЄЅІЇЈЉЊЋЌЍЎЏАБВГДЕЖЗИЙКЛМНОПРСТУФХЦЧШЩЪЫЬЭЮЯѠѢѤѦѨѪѬѮѰѲѴѶѸѺѼѾҀҊҌҎҐҒҔҖҘҚҜҞҠҢҤҦҨҪҬҮҰҲҴҶҸҺҼҾӀӁӃӅӇӉӋӍӐӒӔӖӘӚӜӞӠӢӤӦӨӪӬӮӰӲӴӶӸӺӼӾԀԂԄԆԈԊԌԎԐԒԔԖԘԚԜԞԠԢԤԦԨԪԬԮԱԲԳԴԵԶԷԸԹԺԻԼԽԾԿՀՁՂՃՄՅՆՇՈՉՊՋՌՍՎՏՐՑՒՓՔՕՖḀḂḄḆḈḊḌḎḐḒḔḖḘḚḜḞḠḢḤḦḨḪḬḮḰḲḴḶḸḺḼḾṀṂṄṆṈṊṌṎṐṒṔṖṘṚṜṞṠṢṤṦṨṪṬṮṰṲṴṶṸṺṼṾẀẂẄẆẈẊẌẎẐẒẔẞẠẢẤẦẨẪẬẮẰẲẴẶẸẺẼẾỀỂỄỆỈỊỌỎỐỒỔỖỘỚỜỞỠỢỤỦỨỪỬỮỰỲỴỶỸỺỼỾＡＢＣＤＥＦＧＨＩＪＫＬＭＮＯＰＱＲＳＴＵＶＷＸＹＺ',
    'àáâãäåæçèéêëìíîïðñòóôõöøùúûüýþāăąćĉċčďđēĕėęěĝğġģĥħĩīĭįĳĵķĺļľŀłńņňŋōŏőœŕŗřśŝşšţťŧũūŭůűųŵŷÿźżžɓƃƅɔƈɖɗƌǝəɛƒɠɣɩɨƙɯɲɵơƣƥʀƨʃƭʈưʊʋƴƶʒƹƽǆǆǉǉǌǌǎǐǒǔǖǘǚǜǟǡǣǥǧǩǫǭǯǳǳǵƕƿǹǻǽǿȁȃȅȇȉȋȍȏȑȓȕȗșțȝȟƞȣȥȧȩȫȭȯȱȳⱥȼƚⱦɂƀʉʌɇɉɋɍɏͱͳͷϳάέήίόύώαβγδεζηθικλμνξοπρστυφχψωϊϋσϗϙϛϝϟϡϣϥϧϩϫϭϯθϸϲϻͻͼͽѐёђѓєѕіїјљњћќѝўџабвгдежзийклмнопрстуфхцчшщъыьэюяѡѣѥѧѩѫѭѯѱѳѵѷѹѻѽѿҁҋҍҏґғҕҗҙқҝҟҡңҥҧҩҫҭүұҳҵҷҹһҽҿӏӂӄӆӈӊӌӎӑӓӕӗәӛӝӟӡӣӥӧөӫӭӯӱӳӵӷӹӻӽӿԁԃԅԇԉԋԍԏԑԓԕԗԙԛԝԟԡԣԥԧԩԫԭԯաբգդեզէըթժիլխծկհձղճմյնշոչպջռսվտրցւփքօֆḁḃḅḇḉḋḍḏḑḓḕḗḙḛḝḟḡḣḥḧḩḫḭḯḱḳḵḷḹḻḽḿṁṃṅṇṉṋṍṏṑṓṕṗṙṛṝṟṡṣṥṧṩṫṭṯṱṳṵṷṹṻṽṿẁẃẅẇẉẋẍẏẑẓẕßạảấầẩẫậắằẳẵặẹẻẽếềểễệỉịọỏốồổỗộớờởỡợụủứừửữựỳỵỷỹỻỽỿａｂｃｄｅｆｇｈｉｊｋｌｍｎｏｐｑｒｓｔｕｖｗｘｙｚ') END;
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
  FROM calls c
  LEFT JOIN LATERAL (
    SELECT string_agg(n.value, separator ORDER BY n.position) AS reference_values FROM call_references n
    WHERE n.organization_id = p_organization AND n.call_id = c.id
  ) r ON true
  LEFT JOIN voice_calls v ON v.organization_id = p_organization AND v.call_id = c.id
  WHERE c.organization_id = p_organization AND c.id = ANY (p_calls) AND c.joined_into IS NULL
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
-- Keeps call_search as the references of calls are, those of one statement at once.
CREATE OR REPLACE FUNCTION search_references() RETURNS trigger
LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
  PERFORM write_call_search(n.organization_id, array_agg(DISTINCT n.call_id)) FROM new_references n
  GROUP BY n.organization_id;
  RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER search_new_references AFTER INSERT ON call_references
REFERENCING NEW TABLE AS new_references FOR EACH STATEMENT EXECUTE FUNCTION search_references();

CREATE OR REPLACE TRIGGER search_moved_references AFTER UPDATE ON call_references
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
-- Keeps call_search as the summary of a voice call is.
CREATE OR REPLACE FUNCTION search_voice_call() RETURNS trigger
LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
  PERFORM write_call_search(NEW.organization_id, ARRAY[NEW.call_id]);
  RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER search_new_voice_call AFTER INSERT ON voice_calls FOR EACH ROW
WHEN (NEW.call_summary IS NOT NULL) EXECUTE FUNCTION search_voice_call();

CREATE OR REPLACE TRIGGER search_changed_voice_call AFTER UPDATE ON voice_calls FOR EACH ROW
WHEN (OLD.call_summary IS DISTINCT FROM NEW.call_summary OR OLD.call_id <> NEW.call_id)
EXECUTE FUNCTION search_voice_call();
--> statement-breakpoint
-- What calls and transcripts were there before.
SELECT write_call_search(c.organization_id, array_agg(c.id)) FROM calls c WHERE c.joined_into IS NULL GROUP BY c.organization_id;
--> statement-breakpoint
INSERT INTO call_search (organization_id, call_id, source, text)
SELECT t.organization_id, t.call_id, t.id, transcript_text(t.summary, t.lines) FROM call_transcripts t
WHERE NOT EXISTS (
  SELECT FROM call_search s WHERE s.organization_id = t.organization_id AND s.call_id = t.call_id AND s.source = t.id
);
