CREATE TABLE "aurora"."secrets" (
	"name" text PRIMARY KEY NOT NULL,
	"value" text NOT NULL
);
--> statement-breakpoint
ALTER TABLE "aurora"."messages" ADD COLUMN "heard_at" timestamp with time zone;--> statement-breakpoint
CREATE INDEX "messages_patterns" ON "aurora"."messages" USING btree ("run_id","id") WHERE type = 'PATTERN_STORE';--> statement-breakpoint
CREATE INDEX "messages_unheard" ON "aurora"."messages" USING btree ("id") WHERE type = 'PATTERN_STORE' and heard_at is null;