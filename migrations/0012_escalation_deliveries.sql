ALTER TABLE "aurora"."escalations" ADD COLUMN "notified_at" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "aurora"."escalations" ADD COLUMN "notify_tries" integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "aurora"."escalations" ADD COLUMN "notify_after" timestamp with time zone;