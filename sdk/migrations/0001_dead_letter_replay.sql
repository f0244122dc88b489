ALTER TABLE "millrace"."dead_letters" ADD COLUMN "replayed_at" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "millrace"."dead_letters" ADD COLUMN "replayed_run_id" uuid;