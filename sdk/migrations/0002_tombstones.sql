CREATE TABLE "millrace"."tombstones" (
	"target_table" text NOT NULL,
	"key" text NOT NULL,
	"sequence" numeric NOT NULL,
	"deleted_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "tombstones_target_table_key_pk" PRIMARY KEY("target_table","key")
);
