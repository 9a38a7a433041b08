CREATE TABLE "persisted_operations" (
	"organization_id" uuid NOT NULL,
	"hash" "bytea" NOT NULL,
	"document" text NOT NULL,
	"size" integer GENERATED ALWAYS AS (octet_length(document)) STORED NOT NULL,
	"used_at" timestamp (3) with time zone DEFAULT clock_timestamp() NOT NULL,
	CONSTRAINT "persisted_operations_organization_id_hash_pk" PRIMARY KEY("organization_id","hash")
);
--> statement-breakpoint
ALTER TABLE "persisted_operations" ADD CONSTRAINT "persisted_operations_organization_id_organizations_organization_id_fk" FOREIGN KEY ("organization_id") REFERENCES "public"."organizations"("organization_id") ON DELETE no action ON UPDATE no action;