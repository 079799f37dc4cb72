CREATE TABLE "aurora"."agent_circuits" (
	"agent" text PRIMARY KEY NOT NULL,
	"signature" text NOT NULL,
	"reason" text NOT NULL,
	"opened_at" timestamp with time zone DEFAULT now() NOT NULL,
	"probes" integer DEFAULT 0 NOT NULL,
	"probe_at" timestamp with time zone NOT NULL,
	"woken_at" timestamp with time zone,
	"closed_at" timestamp with time zone,
	"closed_by" text
);
--> statement-breakpoint
ALTER TABLE "aurora"."attempts" ADD COLUMN "signature" text;--> statement-breakpoint
ALTER TABLE "aurora"."attempts" ADD COLUMN "proposal" jsonb;--> statement-breakpoint
ALTER TABLE "aurora"."runs" ADD COLUMN "budget" jsonb;--> statement-breakpoint
ALTER TABLE "aurora"."runs" ADD COLUMN "budget_warned_at" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "aurora"."tasks" ADD COLUMN "parent_id" text;--> statement-breakpoint
ALTER TABLE "aurora"."tasks" ADD COLUMN "split_depth" integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "aurora"."tasks" ADD COLUMN "queued" boolean DEFAULT true NOT NULL;--> statement-breakpoint
CREATE INDEX "attempts_spend" ON "aurora"."attempts" USING btree ("run_id") WHERE usage is not null;--> statement-breakpoint
CREATE INDEX "tasks_parts" ON "aurora"."tasks" USING btree ("run_id","parent_id") WHERE parent_id is not null;