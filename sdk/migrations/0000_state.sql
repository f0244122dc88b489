CREATE SCHEMA IF NOT EXISTS "millrace";
--> statement-breakpoint
CREATE TABLE "millrace"."checkpoints" (
	"operator" text NOT NULL,
	"partition" text NOT NULL,
	"epoch" bigint NOT NULL,
	"run_id" uuid NOT NULL,
	"status" text NOT NULL,
	"position" bigint NOT NULL,
	"source" text,
	"counts" jsonb NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "checkpoints_operator_partition_pk" PRIMARY KEY("operator","partition")
);
--> statement-breakpoint
CREATE TABLE "millrace"."dead_letters" (
	"id" bigserial PRIMARY KEY NOT NULL,
	"operator" text NOT NULL,
	"partition" text NOT NULL,
	"run_id" uuid NOT NULL,
	"status" text DEFAULT 'open' NOT NULL,
	"code" text NOT NULL,
	"reason" text NOT NULL,
	"field" text,
	"record" json,
	"source" text NOT NULL,
	"line" bigint,
	"byte_offset" bigint,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "millrace"."runs" (
	"id" uuid PRIMARY KEY NOT NULL,
	"operator" text NOT NULL,
	"partition" text NOT NULL,
	"epoch" bigint NOT NULL,
	"scheduler_run_id" text NOT NULL,
	"retry_number" integer NOT NULL,
	"status" text NOT NULL,
	"counts" jsonb NOT NULL,
	"error" text,
	"data_version" text,
	"started_at" timestamp with time zone DEFAULT now() NOT NULL,
	"ended_at" timestamp with time zone
);
--> statement-breakpoint
CREATE INDEX "dead_letters_operator_partition" ON "millrace"."dead_letters" USING btree ("operator","partition","status");--> statement-breakpoint
CREATE INDEX "runs_operator_partition" ON "millrace"."runs" USING btree ("operator","partition","epoch");