ALTER TABLE "call_imports" ADD COLUMN "to_ask" integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "call_imports" ADD COLUMN "asked" integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "call_imports" ADD COLUMN "is_asking" boolean DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE "call_imports" ADD COLUMN "asked_after" text;