ALTER TABLE "aurora"."escalations" ADD COLUMN "kind" text DEFAULT 'failure' NOT NULL;--> statement-breakpoint
ALTER TABLE "aurora"."tasks" ADD COLUMN "resume_commit" text;