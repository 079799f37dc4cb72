ALTER TABLE "aurora"."runs" ADD COLUMN "planned_by" jsonb;--> statement-breakpoint
ALTER TABLE "aurora"."runs" ADD COLUMN "planning_usage" jsonb;