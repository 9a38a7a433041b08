CREATE TABLE "call_changes" (
	"organization_id" uuid NOT NULL,
	"label" bigint NOT NULL,
	"seq" bigint NOT NULL,
	"id" uuid NOT NULL,
	"call_id" uuid NOT NULL,
	"kind" text NOT NULL,
	"actor" text NOT NULL,
	"revision" integer,
	"patch" jsonb,
	"effective_at" timestamp (3) with time zone NOT NULL,
	"arrival" bigint,
	"old_values" jsonb NOT NULL,
	"new_values" jsonb NOT NULL,
	"recorded_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "call_changes_organization_id_label_seq_pk" PRIMARY KEY("organization_id","label","seq"),
	CONSTRAINT "call_changes_id_unique" UNIQUE("organization_id","id")
);
--> statement-breakpoint
CREATE TABLE "call_flow_commands" (
	"organization_id" uuid NOT NULL,
	"id" uuid NOT NULL,
	"flow_id" uuid NOT NULL,
	"position" integer NOT NULL,
	"command" text NOT NULL,
	"status" text NOT NULL,
	"vendor_id" text,
	"conditions" jsonb NOT NULL,
	"options" jsonb NOT NULL,
	CONSTRAINT "call_flow_commands_organization_id_id_pk" PRIMARY KEY("organization_id","id"),
	CONSTRAINT "call_flow_commands_position_unique" UNIQUE("organization_id","flow_id","position")
);
--> statement-breakpoint
CREATE TABLE "call_flows" (
	"organization_id" uuid NOT NULL,
	"id" uuid NOT NULL,
	"call_id" uuid NOT NULL,
	"revision" integer NOT NULL,
	"vendor_id" text,
	"created_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "call_flows_organization_id_id_pk" PRIMARY KEY("organization_id","id"),
	CONSTRAINT "call_flows_revision_unique" UNIQUE("organization_id","call_id","revision")
);
--> statement-breakpoint
CREATE TABLE "idempotency_keys" (
	"organization_id" uuid NOT NULL,
	"call_id" uuid NOT NULL,
	"key" text NOT NULL,
	"flow_id" uuid NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "idempotency_keys_organization_id_call_id_key_pk" PRIMARY KEY("organization_id","call_id","key")
);
--> statement-breakpoint
CREATE TABLE "call_group_members" (
	"organization_id" uuid NOT NULL,
	"group_id" uuid NOT NULL,
	"call_id" uuid NOT NULL,
	CONSTRAINT "call_group_members_organization_id_group_id_call_id_pk" PRIMARY KEY("organization_id","group_id","call_id")
);
--> statement-breakpoint
CREATE TABLE "call_groups" (
	"organization_id" uuid NOT NULL,
	"id" uuid NOT NULL,
	"kind" text NOT NULL,
	"key" text NOT NULL,
	CONSTRAINT "call_groups_organization_id_id_pk" PRIMARY KEY("organization_id","id"),
	CONSTRAINT "call_groups_key_unique" UNIQUE("organization_id","kind","key")
);
--> statement-breakpoint
CREATE TABLE "call_references" (
	"organization_id" uuid NOT NULL,
	"system" text NOT NULL,
	"name" text NOT NULL,
	"value" text NOT NULL,
	"call_id" uuid NOT NULL,
	"position" bigint GENERATED ALWAYS AS IDENTITY (sequence name "call_references_position_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	CONSTRAINT "call_references_organization_id_system_name_value_pk" PRIMARY KEY("organization_id","system","name","value")
);
--> statement-breakpoint
CREATE TABLE "calls" (
	"organization_id" uuid NOT NULL,
	"id" uuid NOT NULL,
	"direction" text NOT NULL,
	"status" text NOT NULL,
	"vendor_status" text,
	"type" text,
	"from_address" text,
	"to_address" text,
	"given_customer_number" text,
	"customer_number" text GENERATED ALWAYS AS (coalesce(given_customer_number, case direction when 'INBOUND' then from_address when 'OUTBOUND' then to_address end)) STORED,
	"originator" jsonb,
	"receiver" jsonb,
	"workspace_id" text,
	"channel_id" text,
	"parent_id" uuid,
	"parent_system" text,
	"parent_name" text,
	"parent_value" text,
	"assistant" jsonb,
	"tags" text[] NOT NULL,
	"notification_url" text,
	"sip_type" text,
	"reason" text,
	"hangup" jsonb,
	"duration" integer,
	"scheduled_for" timestamp (3) with time zone,
	"ringing_at" timestamp (3) with time zone,
	"started_at" timestamp (3) with time zone,
	"answered_at" timestamp (3) with time zone,
	"ended_at" timestamp (3) with time zone,
	"vendor_created_at" timestamp (3) with time zone,
	"vendor_updated_at" timestamp (3) with time zone,
	"cost" jsonb,
	"answering_machine_detection" jsonb,
	"quality" jsonb,
	"sip" jsonb,
	"metadata" jsonb NOT NULL,
	"metadata_at" timestamp(3) with time zone,
	"metadata_arrival" bigint,
	"flow_revision" integer NOT NULL,
	"revision" integer NOT NULL,
	"change_label" bigint NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL,
	"updated_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "calls_organization_id_id_pk" PRIMARY KEY("organization_id","id")
);
--> statement-breakpoint
CREATE TABLE "api_keys" (
	"organization_id" uuid NOT NULL,
	"id" uuid NOT NULL,
	"token_hash" "bytea" NOT NULL,
	"name" text NOT NULL,
	"kind" text NOT NULL,
	"staff_uid" text,
	"scopes" text[] NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"expires_at" timestamp (3) with time zone,
	"revoked_at" timestamp (3) with time zone,
	CONSTRAINT "api_keys_organization_id_id_pk" PRIMARY KEY("organization_id","id"),
	CONSTRAINT "api_keys_token_hash_unique" UNIQUE("token_hash")
);
--> statement-breakpoint
CREATE TABLE "organizations" (
	"organization_id" uuid PRIMARY KEY NOT NULL,
	"slug" text NOT NULL,
	"name" text NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "organizations_slug_unique" UNIQUE("slug")
);
--> statement-breakpoint
CREATE TABLE "voice_calls" (
	"organization_id" uuid NOT NULL,
	"id" uuid NOT NULL,
	"call_id" uuid NOT NULL,
	"uid" text,
	"staff_uid" text NOT NULL,
	"client_uid" text NOT NULL,
	"from_number" text NOT NULL,
	"to_number" text NOT NULL,
	"direction" text NOT NULL,
	"status" text NOT NULL,
	"rate" numeric NOT NULL,
	"price" numeric,
	"provider" text NOT NULL,
	"source_id" text NOT NULL,
	"external_uuid" text NOT NULL,
	"duration" integer,
	"call_summary" text,
	"external_app_url" text,
	"external_app_name" text,
	"recording_id" text,
	"handled_by_staff_uid" text,
	"revision" integer NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL,
	"updated_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "voice_calls_organization_id_id_pk" PRIMARY KEY("organization_id","id"),
	CONSTRAINT "voice_calls_call_unique" UNIQUE("organization_id","call_id")
);
--> statement-breakpoint
ALTER TABLE "call_changes" ADD CONSTRAINT "call_changes_organization_id_call_id_calls_organization_id_id_fk" FOREIGN KEY ("organization_id","call_id") REFERENCES "public"."calls"("organization_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "call_flow_commands" ADD CONSTRAINT "call_flow_commands_organization_id_flow_id_call_flows_organization_id_id_fk" FOREIGN KEY ("organization_id","flow_id") REFERENCES "public"."call_flows"("organization_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "call_flows" ADD CONSTRAINT "call_flows_organization_id_call_id_calls_organization_id_id_fk" FOREIGN KEY ("organization_id","call_id") REFERENCES "public"."calls"("organization_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "idempotency_keys" ADD CONSTRAINT "idempotency_keys_organization_id_call_id_calls_organization_id_id_fk" FOREIGN KEY ("organization_id","call_id") REFERENCES "public"."calls"("organization_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "idempotency_keys" ADD CONSTRAINT "idempotency_keys_organization_id_flow_id_call_flows_organization_id_id_fk" FOREIGN KEY ("organization_id","flow_id") REFERENCES "public"."call_flows"("organization_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "call_group_members" ADD CONSTRAINT "call_group_members_organization_id_group_id_call_groups_organization_id_id_fk" FOREIGN KEY ("organization_id","group_id") REFERENCES "public"."call_groups"("organization_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "call_group_members" ADD CONSTRAINT "call_group_members_organization_id_call_id_calls_organization_id_id_fk" FOREIGN KEY ("organization_id","call_id") REFERENCES "public"."calls"("organization_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "call_groups" ADD CONSTRAINT "call_groups_organization_id_organizations_organization_id_fk" FOREIGN KEY ("organization_id") REFERENCES "public"."organizations"("organization_id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "call_references" ADD CONSTRAINT "call_references_organization_id_call_id_calls_organization_id_id_fk" FOREIGN KEY ("organization_id","call_id") REFERENCES "public"."calls"("organization_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "calls" ADD CONSTRAINT "calls_organization_id_organizations_organization_id_fk" FOREIGN KEY ("organization_id") REFERENCES "public"."organizations"("organization_id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "calls" ADD CONSTRAINT "calls_organization_id_parent_id_calls_organization_id_id_fk" FOREIGN KEY ("organization_id","parent_id") REFERENCES "public"."calls"("organization_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "api_keys" ADD CONSTRAINT "api_keys_organization_id_organizations_organization_id_fk" FOREIGN KEY ("organization_id") REFERENCES "public"."organizations"("organization_id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "voice_calls" ADD CONSTRAINT "voice_calls_organization_id_call_id_calls_organization_id_id_fk" FOREIGN KEY ("organization_id","call_id") REFERENCES "public"."calls"("organization_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "call_changes_call_index" ON "call_changes" USING btree ("organization_id","call_id","label","seq");--> statement-breakpoint
CREATE INDEX "call_changes_ledger_index" ON "call_changes" USING btree ("organization_id","call_id","effective_at","arrival") WHERE patch is not null;--> statement-breakpoint
CREATE INDEX "idempotency_keys_flow_index" ON "idempotency_keys" USING btree ("organization_id","flow_id");--> statement-breakpoint
CREATE INDEX "call_group_members_call_index" ON "call_group_members" USING btree ("organization_id","call_id");--> statement-breakpoint
CREATE INDEX "call_references_call_index" ON "call_references" USING btree ("organization_id","call_id");--> statement-breakpoint
CREATE INDEX "calls_parent_index" ON "calls" USING btree ("organization_id","parent_id","id") WHERE parent_id is not null;--> statement-breakpoint
CREATE INDEX "calls_waiting_for_parent_index" ON "calls" USING btree ("organization_id","parent_system","parent_name","parent_value") WHERE parent_value is not null;