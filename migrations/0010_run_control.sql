ALTER TABLE "aurora"."projects" ADD COLUMN "max_parallel" integer;--> statement-breakpoint
ALTER TABLE "aurora"."runs" ADD COLUMN "paused_at" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "aurora"."runs" ADD COLUMN "max_parallel" integer;--> statement-breakpoint
ALTER TABLE "aurora"."runs" ADD COLUMN "deadline_at" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "aurora"."tasks" ADD COLUMN "room_granted_at" timestamp with time zone;--> statement-breakpoint
CREATE INDEX "tasks_room" ON "aurora"."tasks" USING btree ("run_id") WHERE room_granted_at is not null;