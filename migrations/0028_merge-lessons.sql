DROP INDEX "aurora"."reflexions_once";--> statement-breakpoint
ALTER TABLE "aurora"."reflexions" ALTER COLUMN "attempt" SET DEFAULT 0;--> statement-breakpoint
UPDATE "aurora"."reflexions" SET "attempt" = 0 WHERE "attempt" IS NULL;--> statement-breakpoint
ALTER TABLE "aurora"."reflexions" ALTER COLUMN "attempt" SET NOT NULL;--> statement-breakpoint
ALTER TABLE "aurora"."memory_origins" ADD COLUMN "content_hash" text DEFAULT '' NOT NULL;--> statement-breakpoint
ALTER TABLE "aurora"."session_memories" ADD COLUMN "promotion_settled_at" timestamp with time zone;--> statement-breakpoint
CREATE INDEX "memory_origins_content" ON "aurora"."memory_origins" USING btree ("content_hash");--> statement-breakpoint
CREATE INDEX "memory_trials_memory" ON "aurora"."memory_trials" USING btree ("memory_id");--> statement-breakpoint
CREATE INDEX "session_memories_promotable" ON "aurora"."session_memories" USING btree ("uses") WHERE "aurora"."session_memories"."promotion_settled_at" IS NULL AND ("aurora"."session_memories"."uses" >= 3 OR cardinality("aurora"."session_memories"."agents") >= 2);--> statement-breakpoint
CREATE UNIQUE INDEX "reflexions_once" ON "aurora"."reflexions" USING btree ("memory_id","run_id","task_id","attempt");