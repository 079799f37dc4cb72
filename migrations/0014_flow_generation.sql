ALTER TABLE "aurora"."runs" ADD COLUMN "flow_generation" integer;--> statement-breakpoint
ALTER TABLE "aurora"."runs" ADD COLUMN "left_queue_at" timestamp with time zone;--> statement-breakpoint
CREATE INDEX "runs_leaving" ON "aurora"."runs" USING btree ("finished_at") WHERE finished_at is not null and left_queue_at is null;--> statement-breakpoint
CREATE INDEX "runs_finished" ON "aurora"."runs" USING btree ("finished_at");--> statement-breakpoint
UPDATE "aurora"."runs" SET "flow_generation" = "generation" WHERE "state" IN ('running', 'blocked');