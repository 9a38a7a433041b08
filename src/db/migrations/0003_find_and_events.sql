CREATE TABLE "call_event_calls" (
	"organization_id" uuid NOT NULL,
	"event_id" uuid NOT NULL,
	"call_id" uuid NOT NULL,
	CONSTRAINT "call_event_calls_organization_id_event_id_call_id_pk" PRIMARY KEY("organization_id","event_id","call_id")
);
--> statement-breakpoint
CREATE TABLE "call_events" (
	"organization_id" uuid NOT NULL,
	"id" uuid NOT NULL,
	"event_id" text,
	"actor" text NOT NULL,
	"target" text NOT NULL,
	"session_id" text,
	"reference_system" text,
	"reference_name" text,
	"reference_value" text,
	"group_id" uuid,
	"event_time" timestamp (3) with time zone NOT NULL,
	"arrival" bigint NOT NULL,
	"metadata" jsonb NOT NULL,
	"match" text NOT NULL,
	"matched_by" uuid,
	"created_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "call_events_organization_id_id_pk" PRIMARY KEY("organization_id","id"),
	CONSTRAINT "call_events_event_id_unique" UNIQUE("organization_id","event_id")
);
--> statement-breakpoint
CREATE TABLE "match_rules" (
	"organization_id" uuid NOT NULL,
	"id" uuid NOT NULL,
	"name" text NOT NULL,
	"metadata_path" text[] NOT NULL,
	"call_field" text NOT NULL,
	"call_metadata_path" text[],
	"window_minutes" integer NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL,
	"deleted_at" timestamp (3) with time zone,
	CONSTRAINT "match_rules_organization_id_id_pk" PRIMARY KEY("organization_id","id")
);
--> statement-breakpoint
CREATE TABLE "waiting_values" (
	"organization_id" uuid NOT NULL,
	"rule_id" uuid NOT NULL,
	"event_id" uuid NOT NULL,
	"value" text NOT NULL,
	CONSTRAINT "waiting_values_organization_id_rule_id_event_id_pk" PRIMARY KEY("organization_id","rule_id","event_id")
);
--> statement-breakpoint
ALTER TABLE "call_changes" ADD COLUMN "event_id" uuid;--> statement-breakpoint
ALTER TABLE "calls" ADD COLUMN "joined_into" uuid;--> statement-breakpoint
ALTER TABLE "call_event_calls" ADD CONSTRAINT "call_event_calls_organization_id_event_id_call_events_organization_id_id_fk" FOREIGN KEY ("organization_id","event_id") REFERENCES "public"."call_events"("organization_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "call_event_calls" ADD CONSTRAINT "call_event_calls_organization_id_call_id_calls_organization_id_id_fk" FOREIGN KEY ("organization_id","call_id") REFERENCES "public"."calls"("organization_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "call_events" ADD CONSTRAINT "call_events_organization_id_organizations_organization_id_fk" FOREIGN KEY ("organization_id") REFERENCES "public"."organizations"("organization_id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "call_events" ADD CONSTRAINT "call_events_organization_id_group_id_call_groups_organization_id_id_fk" FOREIGN KEY ("organization_id","group_id") REFERENCES "public"."call_groups"("organization_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "call_events" ADD CONSTRAINT "call_events_organization_id_matched_by_match_rules_organization_id_id_fk" FOREIGN KEY ("organization_id","matched_by") REFERENCES "public"."match_rules"("organization_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "match_rules" ADD CONSTRAINT "match_rules_organization_id_organizations_organization_id_fk" FOREIGN KEY ("organization_id") REFERENCES "public"."organizations"("organization_id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "waiting_values" ADD CONSTRAINT "waiting_values_organization_id_rule_id_match_rules_organization_id_id_fk" FOREIGN KEY ("organization_id","rule_id") REFERENCES "public"."match_rules"("organization_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "waiting_values" ADD CONSTRAINT "waiting_values_organization_id_event_id_call_events_organization_id_id_fk" FOREIGN KEY ("organization_id","event_id") REFERENCES "public"."call_events"("organization_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "call_event_calls_call_index" ON "call_event_calls" USING btree ("organization_id","call_id","event_id");--> statement-breakpoint
CREATE INDEX "call_events_waiting_index" ON "call_events" USING btree ("organization_id","reference_system","reference_name","reference_value") WHERE match = 'PENDING' and reference_value is not null;--> statement-breakpoint
CREATE INDEX "call_events_match_index" ON "call_events" USING btree ("organization_id","match","id");--> statement-breakpoint
CREATE INDEX "call_events_session_index" ON "call_events" USING btree ("organization_id","session_id","id") WHERE session_id is not null;--> statement-breakpoint
CREATE INDEX "call_events_group_index" ON "call_events" USING btree ("organization_id","group_id","id") WHERE group_id is not null;--> statement-breakpoint
CREATE INDEX "call_events_time_index" ON "call_events" USING btree ("organization_id","event_time","id");--> statement-breakpoint
CREATE INDEX "waiting_values_value_index" ON "waiting_values" USING btree ("organization_id","rule_id","value");--> statement-breakpoint
CREATE INDEX "waiting_values_event_index" ON "waiting_values" USING btree ("organization_id","event_id");--> statement-breakpoint
ALTER TABLE "call_changes" ADD CONSTRAINT "call_changes_organization_id_event_id_call_events_organization_id_id_fk" FOREIGN KEY ("organization_id","event_id") REFERENCES "public"."call_events"("organization_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "calls" ADD CONSTRAINT "calls_organization_id_joined_into_calls_organization_id_id_fk" FOREIGN KEY ("organization_id","joined_into") REFERENCES "public"."calls"("organization_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "call_references_value_index" ON "call_references" USING btree ("organization_id","value");--> statement-breakpoint
CREATE INDEX "calls_joined_index" ON "calls" USING btree ("organization_id","joined_into") WHERE joined_into is not null;--> statement-breakpoint
CREATE INDEX "calls_status_index" ON "calls" USING btree ("organization_id","status","id");--> statement-breakpoint
CREATE INDEX "calls_from_index" ON "calls" USING btree ("organization_id",comparable_number(from_address),"id");--> statement-breakpoint
CREATE INDEX "calls_to_index" ON "calls" USING btree ("organization_id",comparable_number(to_address),"id");--> statement-breakpoint
CREATE INDEX "calls_customer_number_index" ON "calls" USING btree ("organization_id",comparable_number(customer_number),"id");--> statement-breakpoint
CREATE INDEX "calls_assistant_index" ON "calls" USING btree ("organization_id",left(assistant ->> 'assistantId', 256),"id");--> statement-breakpoint
CREATE INDEX "calls_channel_index" ON "calls" USING btree ("organization_id",left(channel_id, 256),"id");--> statement-breakpoint
CREATE INDEX "calls_metadata_index" ON "calls" USING gin ("organization_id","metadata" jsonb_path_ops,"tags",jsonb_path_query_array(metadata, '$.keyvalue().key') jsonb_path_ops) WITH (gin_pending_list_limit=1024);--> statement-breakpoint
CREATE INDEX "calls_updated_index" ON "calls" USING btree ("organization_id","updated_at","id") WHERE joined_into is null;--> statement-breakpoint
CREATE INDEX "calls_started_index" ON "calls" USING btree ("organization_id","started_at","id") WHERE joined_into is null;--> statement-breakpoint
CREATE INDEX "calls_ended_index" ON "calls" USING btree ("organization_id","ended_at","id") WHERE joined_into is null;--> statement-breakpoint
CREATE INDEX "calls_duration_index" ON "calls" USING btree ("organization_id","duration","id") WHERE joined_into is null;--> statement-breakpoint
CREATE INDEX "voice_calls_status_index" ON "voice_calls" USING btree ("organization_id","status","id");--> statement-breakpoint
CREATE INDEX "voice_calls_staff_index" ON "voice_calls" USING btree ("organization_id",left(staff_uid, 256),"id");--> statement-breakpoint
CREATE INDEX "voice_calls_client_index" ON "voice_calls" USING btree ("organization_id",left(client_uid, 256),"id");--> statement-breakpoint
CREATE INDEX "voice_calls_handled_by_index" ON "voice_calls" USING btree ("organization_id",left(handled_by_staff_uid, 256),"id");--> statement-breakpoint
CREATE INDEX "voice_calls_from_index" ON "voice_calls" USING btree ("organization_id","from_number","id");--> statement-breakpoint
CREATE INDEX "voice_calls_to_index" ON "voice_calls" USING btree ("organization_id","to_number","id");--> statement-breakpoint
CREATE INDEX "voice_calls_duration_index" ON "voice_calls" USING btree ("organization_id","duration","id");