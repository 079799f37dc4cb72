ALTER TABLE "aurora"."tasks" ADD COLUMN "parked_for" text;--> statement-breakpoint
ALTER TABLE "aurora"."tasks" ADD COLUMN "parked_at" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "aurora"."tasks" ADD COLUMN "parkings" integer DEFAULT 0 NOT NULL;--> statement-breakpoint
CREATE INDEX "tasks_parked" ON "aurora"."tasks" USING btree ("run_id","parked_for") WHERE parked_for is not null;