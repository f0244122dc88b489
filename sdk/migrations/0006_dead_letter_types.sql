ALTER TABLE "millrace"."dead_letters" ADD COLUMN "typed" boolean;--> statement-breakpoint
ALTER TABLE "millrace"."dead_letters" ADD COLUMN "value_types" json;