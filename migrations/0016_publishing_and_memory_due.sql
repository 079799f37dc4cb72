ALTER TABLE "aurora"."attempts" ADD COLUMN "memory_due" jsonb;--> statement-breakpoint
ALTER TABLE "aurora"."tasks" ADD COLUMN "publishing" jsonb;--> statement-breakpoint
CREATE INDEX "attempts_memory_due" ON "aurora"."attempts" USING btree ("run_id","task_id") WHERE memory_due IS NOT NULL;--> statement-breakpoint
CREATE INDEX "tasks_unpublished" ON "aurora"."tasks" USING btree ("run_id") WHERE state IN ('cancelled', 'skipped') AND publishing IS NOT NULL;