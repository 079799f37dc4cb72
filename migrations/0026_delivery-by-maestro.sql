ALTER TABLE "aurora"."deliveries" ALTER COLUMN "commit" DROP NOT NULL;--> statement-breakpoint
ALTER TABLE "aurora"."deliveries" ADD COLUMN "followed" boolean DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE "aurora"."deliveries" ADD COLUMN "due_at" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "aurora"."deliveries" ADD COLUMN "tries" integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "aurora"."deliveries" ADD COLUMN "epoch" integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "aurora"."deliveries" ADD COLUMN "problem" text;--> statement-breakpoint
CREATE INDEX "deliveries_due" ON "aurora"."deliveries" USING btree ("due_at") WHERE due_at is not null;