ALTER TABLE "aurora"."runs" ADD COLUMN "shard" integer DEFAULT 0 NOT NULL;--> statement-breakpoint
CREATE INDEX "tasks_failed" ON "aurora"."tasks" USING btree ("run_id") WHERE state = 'failed';