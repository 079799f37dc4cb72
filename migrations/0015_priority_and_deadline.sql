ALTER TABLE "aurora"."runs" ADD COLUMN "priority" integer DEFAULT 5 NOT NULL;--> statement-breakpoint
ALTER TABLE "aurora"."runs" ADD COLUMN "queued_priority" integer;--> statement-breakpoint
ALTER TABLE "aurora"."tasks" ADD COLUMN "deadline_at" timestamp with time zone;--> statement-breakpoint
CREATE INDEX "tasks_deadline" ON "aurora"."tasks" USING btree ("deadline_at") WHERE deadline_at is not null and state in ('waiting', 'running');