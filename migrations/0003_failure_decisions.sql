ALTER TABLE "aurora"."attempts" ADD COLUMN "decision" jsonb;--> statement-breakpoint
ALTER TABLE "aurora"."attempts" ADD COLUMN "last_output_at" timestamp with time zone;